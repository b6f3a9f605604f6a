#!/usr/bin/env bash
# npm sbom states other licences in CycloneDX than in SPDX, and the SPDX project's own reader refuses its SPDX file.
#
# Guess:     `npm sbom` writes what package.json says, the same in both formats, and each file is valid in its format:
#            it is npm's own command, and both formats have a schema.
# Version:   npm 12.2.2 (11.19.1 did the same), cyclonedx-python-lib 11.12.0 and spdx-tools 0.8.5 (PyPI).
# Behaviour: In CycloneDX "Apache-2.0 WITH LLVM-exception" becomes Apache-2.0 and "GPL-2.0+" becomes GPL-2.0: the
#            exception and the "or later" are lost, though `expression` is there for them (and used for "MIT OR ...").
#            Words that are no expression are left out, and a LicenseRef is written as an `id`, which CycloneDX 1.5's
#            schema refuses. The SPDX file has the words of package.json whatever they are, and its time of creation
#            has milliseconds, which SPDX 2.3 does not have: spdx-tools refuses to parse it.
# Way out:   take licences from the SPDX file; cut the milliseconds off `created`.
# Time:      one minute.
. "$(dirname "$0")/setup.bash"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-python-lib[json-validation]==11.12.0' spdx-tools==0.8.5 || exit 2
install_npm node@26.10.0 npm@12.2.2

mkdir app
cd app
# add NAME LICENCE: a package of the application.
add() {
  mkdir "$1"
  printf '{"name":"%s","version":"1.0.0","license":"%s"}' "$1" "$2" >"$1/package.json"
  npm pack --silent "./$1" >/dev/null
}
add one 'MIT'
add two 'MIT OR Apache-2.0'
add exception 'Apache-2.0 WITH LLVM-exception'
add later 'GPL-2.0+'
add words 'SEE LICENSE IN LICENSE'
echo '{"name":"app","version":"1.0.0","license":"MIT"}' >package.json
npm install --silent --no-audit --no-fund ./*-1.0.0.tgz
npm sbom --sbom-format spdx >spdx.json
npm sbom --sbom-format cyclonedx >cyclonedx.json

cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
const read = (name) => JSON.parse(readFileSync(`${name}.json`, 'utf8'));
const { packages } = read('spdx');
for (const { name, licenses } of read('cyclonedx').components) {
  const inSpdx = packages.find((one) => one.name === name).licenseDeclared;
  const inCyclonedx = licenses?.map(({ expression, license }) => expression ?? license.id ?? license.name) ?? 'nothing';
  console.log(`${name}: SPDX ${inSpdx}, CycloneDX ${inCyclonedx}`);
}
JS
expect 'the licences' "$(node read.mjs | sort)" 'exception: SPDX Apache-2.0 WITH LLVM-exception, CycloneDX Apache-2.0
later: SPDX GPL-2.0+, CycloneDX GPL-2.0
one: SPDX MIT, CycloneDX MIT
two: SPDX MIT OR Apache-2.0, CycloneDX MIT OR Apache-2.0
words: SPDX SEE LICENSE IN LICENSE, CycloneDX nothing'

# valid: what CycloneDX' schema says of cyclonedx.json.
valid() {
  "$workspace/python/bin/python" - <<'PY'
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open('cyclonedx.json').read())
print('valid' if error is None else 'invalid')
PY
}
expect 'CycloneDX 1.5' "$(valid)" 'valid'
add own 'LicenseRef-Own'
npm install --silent --no-audit --no-fund ./own-1.0.0.tgz
npm sbom --sbom-format cyclonedx >cyclonedx.json
expect 'CycloneDX 1.5 with a LicenseRef' "$(valid)" 'invalid'

# parsed FILE: what the SPDX project's tool says of it.
parsed() {
  local said
  if said=$("$workspace/python/bin/pyspdxtools" --infile "$1" --novalidation 2>&1); then
    echo 'read'
  else
    grep -o 'does not match format .*' <<<"$said"
  fi
}
expect 'SPDX, read by spdx-tools' "$(parsed spdx.json)" "does not match format '%Y-%m-%dT%H:%M:%SZ'\"]"
sed -E 's/("created": "[^.]*)\.[0-9]*Z/\1Z/' spdx.json >cut.json
expect 'SPDX without the milliseconds' "$(parsed cut.json)" 'read'
