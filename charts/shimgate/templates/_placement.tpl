{{/*
How pods are replaced. A new one is ready before an old one goes, so that there is always somebody to answer; but not in the host's
network, where the new one may have to wait for the port of a node that an old one has.
*/}}
{{- define "shimgate.strategy" -}}
{{- if .Values.strategy -}}
{{- toYaml .Values.strategy }}
{{- else if .Values.hostNetwork -}}
type: RollingUpdate
rollingUpdate:
  maxUnavailable: 1
  maxSurge: 1
{{- else -}}
type: RollingUpdate
rollingUpdate:
  maxUnavailable: 0
  maxSurge: 1
{{- end }}
{{- end }}

{{/* Affinity. In the host's network two pods of a release cannot share a node, and the scheduler is told so. */}}
{{- define "shimgate.affinity" -}}
{{- $affinity := deepCopy .Values.affinity }}
{{- if and .Values.hostNetwork (not (hasKey $affinity "podAntiAffinity")) }}
{{- $ownPods := dict "matchLabels" (include "shimgate.selectorLabels" . | fromYaml) }}
{{- $apart := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" $ownPods }}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $apart)) }}
{{- end }}
{{- toYaml $affinity }}
{{- end }}
