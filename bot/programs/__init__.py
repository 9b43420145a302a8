"""What programs may ask of the desk: a JSON interface and an MCP server over the same few questions."""
