#!/usr/bin/env bash
# Which half of values.schema.json Helm enforces depends on its $schema line: draft-07 loses what stands beside $ref,
# 2020-12 loses format. ajv enforces both in both.
#
# Guess:     Helm validates values as the JSON Schema tools of an editor or a JavaScript test do (ajv): "minLength"
#            beside "$ref" and "format": "ipv4" count, whatever the draft.
# Version:   Helm v4.3.2 (v3.22.0 did the same), ajv 8.20.0 with ajv-formats 3.0.1.
# Behaviour: draft-07: everything beside $ref is ignored, silently (the draft says so; ajv does not follow it there);
#            format is enforced. 2020-12, and a schema without $schema: siblings of $ref are enforced; format is not
#            (an annotation by that draft). So a chart that moves its $schema line on drops checks and gains others,
#            and `helm lint` is silent.
# Way out:   "allOf": [{ "$ref": ... }] in draft-07; "pattern" in place of "format" in 2020-12.
# Time:      one minute, up to five the first time (Helm is built).
. "$(dirname "$0")/setup.bash"

install_go helm.sh/helm/v4/cmd/helm@v4.3.2
install_npm ajv@8.20.0 ajv-formats@3.0.1
mkdir -p chart/templates
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
cat >check.mjs <<'JS'
import { readFileSync } from 'node:fs';
import Draft07 from 'ajv';
import Draft2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
const schema = JSON.parse(readFileSync('chart/values.schema.json', 'utf8'));
const Ajv = schema.$schema?.includes('draft-07') ? Draft07.default : Draft2020.default;
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
console.log(ajv.validate(schema, JSON.parse(process.argv[2])) ? 'ajv accepts' : 'ajv refuses');
JS

# verdicts SCHEMA-LINE PROPERTY VALUE: what Helm (template and lint alike) and ajv say.
verdicts() {
  printf '{%s "definitions": { "name": { "type": "string" } }, "properties": { "a": %s } }' "$1" "$2" >chart/values.schema.json
  local template=accepts lint=accepts
  ./bin/helm template x chart --set-string "a=$3" >/dev/null 2>&1 || template=refuses
  ./bin/helm lint --strict chart --set-string "a=$3" >/dev/null 2>&1 || lint=refuses
  echo "helm $template, lint $lint, $(node check.mjs "{\"a\":\"$3\"}")"
}
draft07='"$schema": "http://json-schema.org/draft-07/schema#",'
draft2020='"$schema": "https://json-schema.org/draft/2020-12/schema",'
beside_ref='{ "$ref": "#/definitions/name", "minLength": 3 }'
format='{ "type": "string", "format": "ipv4" }'

expect 'draft-07, minLength 3 beside $ref, value "x"' "$(verdicts "$draft07" "$beside_ref" x)" 'helm accepts, lint accepts, ajv refuses'
expect '2020-12, the same' "$(verdicts "$draft2020" "$beside_ref" x)" 'helm refuses, lint refuses, ajv refuses'
expect 'no $schema, the same' "$(verdicts '' "$beside_ref" x)" 'helm refuses, lint refuses, ajv refuses'
expect 'draft-07, format ipv4, value "here"' "$(verdicts "$draft07" "$format" here)" 'helm refuses, lint refuses, ajv refuses'
expect '2020-12, the same' "$(verdicts "$draft2020" "$format" here)" 'helm accepts, lint accepts, ajv refuses'
expect 'no $schema, the same' "$(verdicts '' "$format" here)" 'helm accepts, lint accepts, ajv refuses'
expect 'draft-07, $ref inside allOf' "$(verdicts "$draft07" '{ "allOf": [{ "$ref": "#/definitions/name" }], "minLength": 3 }' x)" \
  'helm refuses, lint refuses, ajv refuses'
