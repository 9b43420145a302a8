"""llama.cpp's own HTTP server on a port, run by the environment of ``make real``: MODEL PORT CONTEXT."""

import os
import sys
import time

import xllamacpp  # type: ignore[import-not-found]

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port = ["127.0.0.1"], int(sys.argv[2])
params.n_ctx, params.n_parallel = int(sys.argv[3]), 1
threads = max(
    1, (os.cpu_count() or 2) // 2
)  # its threads wait for one another: one too many and all are slow
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
params.use_jinja = True
server = xllamacpp.Server(params)
while True:
    time.sleep(3600)
