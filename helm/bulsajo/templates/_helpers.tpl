{{- define "bulsajo.services" -}}
gateway order payment delivery ordertrace
{{- end }}

{{/*
A service's values: what all share, and over it what it has itself. Read with fromYaml.
*/}}
{{- define "bulsajo.values" -}}
{{- mergeOverwrite (deepCopy .root.Values) (deepCopy (get .root.Values .name)) | toYaml }}
{{- end }}

{{/*
No label says Helm or the chart's version: k8s/ is the same text, applied by others.
The context is (dict "root" "name" "component").
*/}}
{{- define "bulsajo.labels" -}}
app: {{ .name }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: bulsajo
{{- end }}

{{/*
What a workload selects its pods by. Services select by `app` alone, so that what a lab adds
(`order-canary`, labelled app=order) gets its share of the requests.
*/}}
{{- define "bulsajo.selector" -}}
app: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* An image's name: (list root repository tag). */}}
{{- define "bulsajo.image" -}}
{{- $registry := (index . 0).Values.imageRegistry }}
{{- printf "%s%s:%s" (ternary "" (printf "%s/" $registry) (empty $registry)) (index . 1) (toString (index . 2)) }}
{{- end }}

{{/* The port of a service's Service: (dict "root" "name"). */}}
{{- define "bulsajo.port" -}}
{{- ((get .root.Values .name).service).externalPort | default .root.Values.service.externalPort }}
{{- end }}

{{- define "bulsajo.databaseSecret" -}}
{{- .Values.postgres.existingSecret | default "postgres" }}
{{- end }}

{{/* The context is `image`. */}}
{{- define "bulsajo.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bulsajo.serviceAccountName" -}}
{{- ternary .Values.serviceAccount.name "default" .Values.serviceAccount.enabled }}
{{- end }}

{{/* One probe: (dict "kind" "values"), in the mechanism that its type names. */}}
{{- define "bulsajo.probe" -}}
{{- $probe := get .values.probes .kind }}
{{- if $probe.enabled }}
{{ .kind }}Probe:
  {{- if eq $probe.type "http" }}
  httpGet: { path: {{ $probe.path }}, port: {{ $probe.port | default "http" }} }
  {{- else if eq $probe.type "tcp" }}
  tcpSocket: { port: {{ $probe.port | default "http" }} }
  {{- else if eq $probe.type "exec" }}
  exec:
    command: [/bulsajo, check, {{ .kind }}{{ with $probe.port }}, --port, {{ . | quote }}{{ end }}]
  {{- else }}
  grpc: { port: {{ $probe.port | default .values.service.grpcPort }}, service: {{ .kind }} }
  {{- end }}
  initialDelaySeconds: {{ $probe.initialDelaySeconds }}
  periodSeconds: {{ $probe.periodSeconds }}
  timeoutSeconds: {{ $probe.timeoutSeconds }}
  successThreshold: {{ $probe.successThreshold }}
  failureThreshold: {{ $probe.failureThreshold }}
{{- end }}
{{- end }}

{{/* Whether any probe asks over gRPC: a port is opened for it then, and not otherwise. */}}
{{- define "bulsajo.asksGrpc" -}}
{{- range .probes }}
{{- if and .enabled (eq .type "grpc") }}yes{{ end }}
{{- end }}
{{- end }}

{{/* How a HPA acts: up at once, down within a lesson. */}}
{{- define "bulsajo.behavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Pods, value: 2, periodSeconds: 15 }
scaleDown:
  stabilizationWindowSeconds: {{ .autoscaling.scaleDownSeconds }}
  policies:
    - { type: Pods, value: 1, periodSeconds: 15 }
{{- end }}

{{/* Settings that contradict each other: better no fleet than one that scales by two rules. */}}
{{- define "bulsajo.check" -}}
{{- if and .values.autoscaling.enabled .values.keda.enabled (has .name (list "payment" "delivery" "ordertrace")) }}
{{- fail (printf "%s: autoscaling.enabled and keda.enabled exclude each other" .name) }}
{{- end }}
{{- if and .values.keda.enabled (ne .values.backend "kafka") }}
{{- fail "keda.enabled needs backend=kafka: lag is what Kafka has and a group has not read" }}
{{- end }}
{{- if and (not .values.postgres.enabled) (not .values.postgres.existingSecret) }}
{{- fail "postgres.enabled=false needs postgres.existingSecret, a Secret with the key url" }}
{{- end }}
{{- if and (eq (toString .values.faults.allow) "token") (not .values.faults.token) }}
{{- fail (printf "%s: faults.allow=token needs faults.token" .name) }}
{{- end }}
{{- end }}
