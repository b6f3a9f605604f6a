#!/usr/bin/env bash
# The JSON schema that the OCI runtime specification 1.3.0 ships cannot be compiled: a reference in it lacks a slash.
#
# Guess:     The specification's own schema/config-schema.json is what to check a config.json (of runc spec, of NRI,
#            of a hook) with, in any validator of its draft, draft-04; 1.3.0, which containerd 2.4 writes as
#            ociVersion, as 1.2.1 before it.
# Version:   github.com/opencontainers/runtime-spec v1.3.0 and v1.2.1; ajv-draft-04 1.0.0 on ajv 8.20.0;
#            santhosh-tekuri/jsonschema v6.0.3 (Helm's validator).
# Behaviour: The virtual machine's new hwConfig.irqs is the first use of ArrayOfUint32, whose items are
#            "#definitions/uint32", no pointer but the name of an anchor that does not exist. Validators that resolve
#            references first refuse the whole schema, for every container; one that resolves late (Python's
#            jsonschema) works with the files of containers. features-schema.json and state-schema.json are right.
# Way out:   v1.2.1's schema, or "#/definitions/uint32" put in.
# Time:      a quarter of a minute.
. "$(dirname "$0")/setup.bash"

install_npm ajv@8.20.0 ajv-draft-04@1.0.0
cat >compile.mjs <<'JS'
import { readdirSync, readFileSync } from 'node:fs';
import Ajv from 'ajv-draft-04';
const ajv = new Ajv.default({ strict: false, validateFormats: false });
const read = (name) => JSON.parse(readFileSync(`${process.argv[2]}/${name}`, 'utf8'));
for (const name of readdirSync(process.argv[2])) if (/^(config|defs|features)-?(?!schema).*\.json$/.test(name)) ajv.addSchema(read(name), name);
try {
  ajv.compile(read('config-schema.json'));
  console.log('ajv: compiled');
} catch (error) {
  console.log(`ajv: ${error.message}`);
}
JS
build_go compile github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func main() {
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft4)
	if _, err := compiler.Compile(os.Args[1] + "/config-schema.json"); err != nil {
		// The rest of the message is the file's address.
		what, _, _ := strings.Cut(err.Error(), " in schema ")
		fmt.Println("santhosh-tekuri:", what[strings.LastIndex(what, "/defs.json")+1:])
		return
	}
	fmt.Println("santhosh-tekuri: compiled")
}
GO
# both VERSION
both() {
  cp -r "$(go mod download -json "github.com/opencontainers/runtime-spec@$1" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/schema" "schema-$1"
  chmod -R u+w "schema-$1"
  node compile.mjs "schema-$1"
  ./compile "schema-$1"
}

expect '1.2.1' "$(both v1.2.1)" $'ajv: compiled\nsanthosh-tekuri: compiled'
expect '1.3.0' "$(both v1.3.0)" \
  $'ajv: can\'t resolve reference #definitions/uint32 from id defs.json\nsanthosh-tekuri: defs.json#definitions/uint32" not found'
