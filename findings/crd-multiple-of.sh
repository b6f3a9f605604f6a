#!/usr/bin/env bash
# A CRD's multipleOf of 0.5 refuses 1, one of 1.5 takes 1, 2 and 5, and one of 2.5 refuses 5.
#
# Guess:     `type: number, multipleOf: 0.5` in a CRD's schema takes 0.5, 1 and 1.5, and refuses 0.3: so says JSON
#            Schema, and so does ajv.
# Version:   k8s.io/apiextensions-apiserver v0.37.2, ajv 8.20.0.
# Behaviour: For a whole number the API server cuts the factor off to a whole number as well. One below 1 becomes 0, and
#            each whole number is refused: `factor MultipleOf declared for a must be positive: 0`, at whose declaration
#            nothing is wrong. 1.5 becomes 1 and all whole numbers pass; 2.5 becomes 2. The same number with a point,
#            1.0, is compared as it should be: what is taken depends on how it is written, and clients write 1.0 as 1.
#            With `type: integer` such a factor refuses all values. The CRD itself is taken.
# Way out:   A CEL rule, or an integer in a smaller unit, as Kubernetes does with milliseconds and millicores.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

build_go api_server k8s.io/apiextensions-apiserver@v0.37.2 <<'GO'
package main

import (
	"fmt"
	"os"
	"strconv"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/json"
)

func main() {
	factor, _ := strconv.ParseFloat(os.Args[1], 64)
	validator, _, err := validation.NewSchemaValidator(&apiextensions.JSONSchemaProps{
		Type:       "object",
		Properties: map[string]apiextensions.JSONSchemaProps{"a": {Type: "number", MultipleOf: &factor}},
	})
	if err != nil {
		panic(err)
	}
	for _, value := range os.Args[2:] {
		var object map[string]any
		if err := json.Unmarshal([]byte(`{"a":`+value+`}`), &object); err != nil {
			panic(err)
		}
		fmt.Printf("%s:%t ", value, len(validation.ValidateCustomResource(nil, object, validator)) == 0)
	}
}
GO
install_npm ajv@8.20.0
cat >ajv.mjs <<'JS'
import Ajv from 'ajv';
const [factor, ...values] = process.argv.slice(2);
const validate = new Ajv.default().compile({ type: 'number', multipleOf: Number(factor) });
for (const value of values) process.stdout.write(`${value}:${validate(JSON.parse(value))} `);
JS

expect 'multipleOf 0.5: the API server' "$(./api_server 0.5 0.5 1 1.0 1.5 2 0.3)" \
  '0.5:true 1:false 1.0:true 1.5:true 2:false 0.3:false '
expect 'multipleOf 0.5: ajv' "$(node ajv.mjs 0.5 0.5 1 1.0 1.5 2 0.3)" \
  '0.5:true 1:true 1.0:true 1.5:true 2:true 0.3:false '
expect 'multipleOf 1.5: the API server' "$(./api_server 1.5 1 1.0 1.5 2 3 5)" \
  '1:true 1.0:false 1.5:true 2:true 3:true 5:true '
expect 'multipleOf 1.5: ajv' "$(node ajv.mjs 1.5 1 1.0 1.5 2 3 5)" \
  '1:false 1.0:false 1.5:true 2:false 3:true 5:false '
expect 'multipleOf 2.5: the API server' "$(./api_server 2.5 2 2.5 5 7.5)" '2:true 2.5:true 5:false 7.5:true '
expect 'multipleOf 2.5: ajv' "$(node ajv.mjs 2.5 2 2.5 5 7.5)" '2:false 2.5:true 5:true 7.5:true '
