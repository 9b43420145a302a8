"""The language of headlines, told by their words alone.

``*.jsonl``, one item a headline: id, language, title. ``share``: by file, headlines whose language was told.
Labels may be ISO 639-1 or 639-3, with a script or country behind; what counts is the language. All Chinese
is ``zh`` and all Arabic ``ar``, as the desk calls them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from digests.text.detection import detect

# ISO 639-3 of languages that have a code of two letters, and members the desk doesn't tell apart.
_PAIRS = """
aar=aa afr=af amh=am ara=ar arb=ar asm=as aze=az azj=az bak=ba bel=be ben=bn bod=bo bos=bs bul=bg
cat=ca ces=cs cmn=zh cym=cy dan=da deu=de div=dv dzo=dz ell=el eng=en est=et eus=eu ewe=ee fao=fo
fas=fa pes=fa prs=fa fij=fj fin=fi fra=fr gle=ga glg=gl guj=gu hau=ha heb=he hin=hi hrv=hr hun=hu
hye=hy ibo=ig ind=id isl=is ita=it jpn=ja kan=kn kat=ka kaz=kk khm=km kin=rw kir=ky kmr=ku kor=ko
lao=lo lav=lv lit=lt ltz=lb mal=ml mar=mr mkd=mk mlg=mg mlt=mt mon=mn mri=mi msa=ms zsm=ms mya=my
nde=nd nep=ne nld=nl nno=nn nob=no nya=ny orm=om pan=pa pol=pl por=pt pus=ps ron=ro rus=ru sin=si
slk=sk slv=sl smo=sm sna=sn snd=sd som=so spa=es sqi=sq srp=sr ssw=ss swa=sw swh=sw swe=sv tah=ty
tam=ta tat=tt tel=te tgk=tg tha=th tir=ti ton=to tsn=tn tuk=tk tur=tr uig=ug ukr=uk urd=ur uzb=uz
ven=ve vie=vi wol=wo xho=xh yor=yo yue=zh zho=zh zul=zu fil=tl tgl=tl nb=no
"""
_SHORT = dict(pair.split("=") for pair in _PAIRS.split())


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """The figures of the headlines in ``folder``; a quick reading takes all of them too."""
    shares: dict[str, float] = {}
    for file in sorted(folder.glob("*.jsonl")):
        items = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        right = sum(short(detect(item["title"])) == short(item["language"]) for item in items)
        shares[file.stem] = round(right / max(1, len(items)), 4)
    return {"share": shares}


def short(label: str) -> str:
    """A label's language, as ISO 639-1 where it has such a code."""
    code = label.split("-")[0].lower()
    return _SHORT.get(code, code)
