#!/bin/sh
# Makes training/document/fonts/: Public Sans as typst reads it (static TTF; typst reads neither woff2 nor the web's subsets).
# Needed only to change the version or the weights; what it writes is kept in the repository. Wants curl, tar, and a Python with fonttools and brotli.
set -eu
cd "$(dirname "$0")/.."
registry="${NPM_REGISTRY:-https://registry.npmjs.org}"
version=5.3.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
curl -fsSL "$registry/@fontsource-variable/public-sans/-/public-sans-$version.tgz" | tar -xz -C "$work" --strip-components=1
cp "$work/LICENSE" training/document/fonts/OFL.txt
"${PYTHON:-python3}" - "$work/files" training/document/fonts <<'PY'
import sys
from pathlib import Path
from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

source, target = map(Path, sys.argv[1:])
for weight, style in {300: "Light", 400: "Regular", 600: "SemiBold", 700: "Bold"}.items():
    parts = []
    for subset in ("latin", "latin-ext", "vietnamese"):
        font = instantiateVariableFont(TTFont(source / f"public-sans-{subset}-wght-normal.woff2"), {"wght": weight})
        font.flavor = None
        for tag in ("GSUB", "GPOS", "GDEF", "STAT") if subset != "latin" else ("STAT",):
            if tag in font:
                del font[tag]
        part = target / f"{subset}.part"
        font.save(part)
        parts.append(part)
    merged = Merger(Options(drop_tables=["DSIG"])).merge([str(p) for p in parts])
    names = merged["name"]
    for record, text in {1: f"Public Sans {style}", 2: "Regular", 4: f"Public Sans {style}", 6: f"PublicSans-{style}", 16: "Public Sans", 17: style}.items():
        names.setName(text, record, 3, 1, 0x409)
    merged["OS/2"].usWeightClass = weight
    merged["head"].created = merged["head"].modified = 3_800_000_000
    merged.recalcTimestamp = False
    merged.save(target / f"PublicSans-{style}.ttf")
    for part in parts:
        part.unlink()
PY
