{{/* Name of what belongs to the agents of nodes. */}}
{{- define "shimgate.nodesName" -}}
{{- printf "%s-nodes" (include "shimgate.fullname" . | trunc 57 | trimSuffix "-") }}
{{- end }}

{{- define "shimgate.nodesNamespace" -}}
{{- default .Release.Namespace .Values.nodes.namespace }}
{{- end }}

{{- define "shimgate.nodesSelectorLabels" -}}
app.kubernetes.io/name: {{ include "shimgate.name" . }}-nodes
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "shimgate.nodesLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "shimgate.nodesSelectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: node-agent
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
What is mounted of a node, by its distribution: where containerd's configuration is, and where shims are. Each has to be a
directory of every such node: kubelet makes none.
*/}}
{{- define "shimgate.nodesHostPaths" -}}
{{- $programs := list "/usr" "/opt" }}
{{- $own := dict
  "kubeadm" (list "/etc/containerd")
  "kind" (list "/etc/containerd")
  "eks" (list "/etc/containerd")
  "gke" (list "/etc/containerd" "/home/kubernetes/bin")
  "aks" (list "/etc/containerd")
  "k3s" (list "/var/lib/rancher/k3s/agent/etc/containerd" "/var/lib/rancher/k3s/data")
  "rke2" (list "/var/lib/rancher/rke2/agent/etc/containerd" "/var/lib/rancher/rke2/bin" "/var/lib/rancher/rke2/data")
  "k0s" (list "/etc/k0s" "/run/k0s" "/var/lib/k0s/bin")
  "microk8s" (list "/var/snap/microk8s" "/snap/microk8s")
  "talos" (list "/etc/cri")
}}
{{- $paths := .Values.nodes.hostPaths | default (concat (get $own .Values.nodes.distribution) $programs) }}
{{- toJson $paths }}
{{- end }}
