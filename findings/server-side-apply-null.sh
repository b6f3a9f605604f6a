#!/usr/bin/env bash
# A null in a server-side apply is a claim: it owns the field, conflicts with whoever sets it, and takes it away when
# forced.
#
# Guess:     A template that renders `caBundle:` with nothing behind it sends null; as in a client-side apply, in a
#            create and in defaulting, that means "not set": nobody owns the field, and the controller that fills it
#            in is left alone.
# Version:   k8s.io/apimachinery v0.37.2 (util/managedfields, the API server's own), with client-go v0.37.2's types.
#            kube-apiserver 1.37.2 with kubectl 1.37.2 answered the same.
# Behaviour: The field is not in the stored object, but in managedFields under who sent null. The controller's apply
#            of a CA is refused: `conflict with "helm": .webhooks[name="a.b.c"].clientConfig.caBundle` (a patch or an
#            update of it passes, and takes the ownership over). The other way round, the next apply of null over the
#            CA conflicts too, and with --force-conflicts empties it. Helm 4 applies on the server by default.
# Way out:   leave the key out ({{ with }}) where there is no value.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go apply k8s.io/client-go@v0.37.2 k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 <<'GO'
package main

import (
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/client-go/applyconfigurations"
)

func webhook(clientConfig map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1",
		"kind":       "ValidatingWebhookConfiguration",
		"metadata":   map[string]any{"name": "a"},
		"webhooks":   []any{map[string]any{"name": "a.b.c", "clientConfig": clientConfig}},
	}}
}

func main() {
	scheme := runtime.NewScheme()
	if err := admissionv1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	kind := schema.GroupVersionKind{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "ValidatingWebhookConfiguration"}
	types := applyconfigurations.NewTypeConverter(scheme)
	null, none, ca := map[string]any{"caBundle": nil}, map[string]any{"url": "https://a"}, map[string]any{"caBundle": "Q0E="}

	for _, first := range []struct {
		what string
		sent map[string]any
	}{{"nothing", none}, {"null", null}} {
		server := managedfieldstest.NewTestFieldManager(types, kind)
		fmt.Printf("helm applies %s: %v\n", first.what, server.Apply(webhook(first.sent), "helm", false))
		fmt.Println("helm owns caBundle:", strings.Contains(string(server.ManagedFields()[0].FieldsV1.Raw), "caBundle"))
		fmt.Println("controller applies a CA:", server.Apply(webhook(ca), "controller", false))
	}
	server := managedfieldstest.NewTestFieldManager(types, kind)
	fmt.Println("controller first:", server.Apply(webhook(ca), "controller", false))
	fmt.Println("then helm null:", server.Apply(webhook(null), "helm", false))
	fmt.Println("then helm null by force:", server.Apply(webhook(null), "helm", true))
	webhooks := server.Live().(*unstructured.Unstructured).Object["webhooks"].([]any)
	fmt.Println("caBundle now:", webhooks[0].(map[string]any)["clientConfig"].(map[string]any)["caBundle"])
}
GO

conflict() { echo "Apply failed with 1 conflict: conflict with \"$1\": .webhooks[name=\"a.b.c\"].clientConfig.caBundle"; }
expect 'left out, null, and the other way round' "$(./apply)" "helm applies nothing: <nil>
helm owns caBundle: false
controller applies a CA: <nil>
helm applies null: <nil>
helm owns caBundle: true
controller applies a CA: $(conflict helm)
controller first: <nil>
then helm null: $(conflict controller)
then helm null by force: <nil>
caBundle now: <nil>"
