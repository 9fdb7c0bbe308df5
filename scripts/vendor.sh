#!/bin/sh
# Brings the third-party assets into static/vendor/ at the versions named here, with their licences and sums.
# Needed only to change a version: what it writes is kept in the repository. Wants curl, tar and python3.
set -eu
cd "$(dirname "$0")/.."
registry="${NPM_REGISTRY:-https://registry.npmjs.org}"
font=5.3.0
icons=3.51.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # name, version, file name
    mkdir -p "$work/$3"
    curl -fsSL "$registry/$1/-/$3-$2.tgz" | tar -xz -C "$work/$3" --strip-components=1
}

fetch @fontsource-variable/public-sans "$font" public-sans
to=static/vendor/public-sans-$font
rm -rf static/vendor/public-sans-*
mkdir -p "$to"
cp "$work/public-sans/files/public-sans-latin-wght-normal.woff2" "$work/public-sans/LICENSE" "$to/"

fetch @tabler/icons "$icons" icons
to=static/vendor/tabler-icons-$icons
keep=$(mktemp)
cp static/vendor/icons.txt "$keep"
rm -rf static/vendor/tabler-icons-*
mkdir -p "$to"
cp "$work/icons/LICENSE" "$to/"
python3 - "$work/icons/icons/outline" "$keep" "$to/sprite.svg" <<'PY'
import pathlib, re, sys

source, names, target = (pathlib.Path(arg) for arg in sys.argv[1:])
symbols = []
for name in sorted(names.read_text().split()):
    drawing = (source / f"{name}.svg").read_text()
    shapes = " ".join(re.findall(r"<(?:path|circle|rect|line)[^>]*/>", drawing))
    symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
target.write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")
PY
rm -f "$keep"

python3 - "$font" "$icons" <<'PY'
import hashlib, pathlib, sys

font, icons = sys.argv[1:]
rows = [
    ("Public Sans (@fontsource-variable/public-sans)", font, "OFL-1.1", f"public-sans-{font}/public-sans-latin-wght-normal.woff2", "text of pages and documents"),
    ("Tabler Icons (@tabler/icons), a choice of the outline set", icons, "MIT", f"tabler-icons-{icons}/sprite.svg", "icons"),
]
vendor = pathlib.Path("static/vendor")
lines = ["# Vendored assets", "", "Written by `scripts/vendor.sh`. Which icons: `icons.txt`.", "",
         "| Name | Version | Licence | File | Use | SHA-256 |", "|---|---|---|---|---|---|"]
for name, version, licence, file, use in rows:
    digest = hashlib.sha256((vendor / file).read_bytes()).hexdigest()
    lines.append(f"| {name} | {version} | {licence} | `{file}` | {use} | `{digest}` |")
(vendor / "VENDOR.md").write_text("\n".join(lines) + "\n")
PY
