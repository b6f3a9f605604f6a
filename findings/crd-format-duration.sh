#!/usr/bin/env bash
# `format: duration` of a CRD takes "3 weeks", "1d" and "P1D"; the controller's own duration takes none of these.
#
# Guess:     The format is JSON Schema's (ISO 8601, "P1D", as ajv and Helm check it), or else Go's ("1h"): one of the
#            two. A value that the CRD's schema lets in can be decoded into the metav1.Duration of the controller that
#            owns the CRD.
# Version:   k8s.io/apiextensions-apiserver v0.37.2 (what kube-apiserver validates custom resources with),
#            k8s.io/apimachinery v0.37.2 (metav1.Duration), ajv 8.20.0 with ajv-formats 3.0.1.
# Behaviour: The API server takes ISO 8601, Go's syntax and plain English: "1 day", "3 weeks", "1D", and "1M", which
#            is a minute. metav1.Duration takes "1h" and "90m" alone, so an object with "1d" is stored and its
#            controller cannot decode it. ajv takes ISO 8601 alone: no value suits all three.
# Way out:   no format, but a pattern for Go's syntax.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go go_side k8s.io/apiextensions-apiserver@v0.37.2 <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func verdict(fails bool) string {
	if fails {
		return "no"
	}
	return "yes"
}

func main() {
	schema := &apiextensions.JSONSchemaProps{
		Type:       "object",
		Properties: map[string]apiextensions.JSONSchemaProps{"wait": {Type: "string", Format: "duration"}},
	}
	validator, _, err := validation.NewSchemaValidator(schema)
	if err != nil {
		panic(err)
	}
	for _, value := range os.Args[1:] {
		object := map[string]any{"wait": value}
		errors := validation.ValidateCustomResource(nil, object, validator)
		quoted, _ := json.Marshal(value)
		var duration metav1.Duration
		err := json.Unmarshal(quoted, &duration)
		fmt.Printf("%s: CRD %s, metav1.Duration %s\n", value, verdict(len(errors) > 0), verdict(err != nil))
	}
}
GO
install_npm ajv@8.20.0 ajv-formats@3.0.1
cat >ajv.mjs <<'JS'
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
const ajv = new Ajv.default();
addFormats.default(ajv);
for (const value of process.argv.slice(2)) console.log(ajv.validate({ type: 'string', format: 'duration' }, value) ? 'ajv yes' : 'ajv no');
JS
values=(1h 90m 1d 1w 1D 1M '1 day' '3 weeks' P1D PT1H 90 1y)

expect 'who takes what' "$(paste -d, <(./go_side "${values[@]}") <(node ajv.mjs "${values[@]}"))" '1h: CRD yes, metav1.Duration yes,ajv no
90m: CRD yes, metav1.Duration yes,ajv no
1d: CRD yes, metav1.Duration no,ajv no
1w: CRD yes, metav1.Duration no,ajv no
1D: CRD yes, metav1.Duration no,ajv no
1M: CRD yes, metav1.Duration no,ajv no
1 day: CRD yes, metav1.Duration no,ajv no
3 weeks: CRD yes, metav1.Duration no,ajv no
P1D: CRD yes, metav1.Duration no,ajv yes
PT1H: CRD yes, metav1.Duration no,ajv yes
90: CRD no, metav1.Duration no,ajv no
1y: CRD no, metav1.Duration no,ajv no'
