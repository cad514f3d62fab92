{{- define "bulsajo.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
  {{- with .values.service.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .values.service.type }}
  selector:
    app: {{ .name }}
  ports:
    - name: http
      port: {{ .values.service.externalPort }}
      targetPort: http
      {{- with .values.service.nodePort }}
      nodePort: {{ . }}
      {{- end }}
{{- end }}

{{- define "bulsajo.hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .values.autoscaling.minReplicas }}
  maxReplicas: {{ .values.autoscaling.maxReplicas }}
  metrics:
    {{- with .values.autoscaling.cpu }}
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ . }} }
    {{- end }}
    {{- with .values.autoscaling.memory }}
    - type: Resource
      resource:
        name: memory
        target: { type: AverageValue, averageValue: {{ . }} }
    {{- end }}
  behavior:
    {{- include "bulsajo.behavior" .values | nindent 4 }}
{{- end }}

{{- define "bulsajo.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  {{- /* One of the two, never both: the API refuses that. */}}
  {{- with .values.podDisruptionBudget }}
  {{- if kindIs "invalid" .minAvailable }}
  maxUnavailable: {{ .maxUnavailable }}
  {{- else }}
  minAvailable: {{ .minAvailable }}
  {{- end }}
  {{- end }}
  {{- /* A pod that is broken anyway does not hold up a drain. */}}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "bulsajo.selector" . | nindent 6 }}
{{- end }}

{{- define "bulsajo.scaledObject" -}}
{{- $v := .values }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { name: {{ .name }} }
  minReplicaCount: {{ $v.keda.minReplicas }}
  maxReplicaCount: {{ $v.keda.maxReplicas }}
  pollingInterval: {{ $v.keda.pollingInterval }}
  cooldownPeriod: {{ $v.keda.cooldownPeriod }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "bulsajo.behavior" $v | nindent 8 }}
  triggers:
    - type: kafka
      metadata:
        {{- /* KEDA asks from a namespace of its own, where the short name means nothing. */}}
        bootstrapServers: {{ ternary (printf "my-kafka.%s.svc:9092" .root.Release.Namespace) $v.kafka.brokers $v.kafka.enabled }}
        consumerGroup: {{ $v.kafka.group | default .name | replace "{service}" .name }}
        topic: {{ $v.kafka.topic | default "sktkanumodel" }}
        lagThreshold: {{ $v.keda.lagThreshold | int64 | quote }}
        {{- /* As the services read. By default KEDA takes a partition that nobody has read for one fact. */}}
        offsetResetPolicy: earliest
{{- end }}

{{- define "bulsajo.destinationRule" -}}
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  host: {{ .name }}
  trafficPolicy:
    {{- with .values.destinationRule }}
    loadBalancer: { simple: {{ .loadBalancer }} }
    outlierDetection:
      {{- toYaml .outlierDetection | nindent 6 }}
    {{- with .connectionPool }}
    {{- if or .maxConnections .http1MaxPendingRequests .maxRequestsPerConnection }}
    connectionPool:
      {{- with .maxConnections }}
      tcp: { maxConnections: {{ . }} }
      {{- end }}
      {{- if or .http1MaxPendingRequests .maxRequestsPerConnection }}
      http:
        {{- with .http1MaxPendingRequests }}
        http1MaxPendingRequests: {{ . }}
        {{- end }}
        {{- with .maxRequestsPerConnection }}
        maxRequestsPerConnection: {{ . }}
        {{- end }}
      {{- end }}
    {{- end }}
    {{- end }}
    {{- end }}
{{- end }}

{{- define "bulsajo.faultsSecret" -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}-faults
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
stringData:
  token: {{ .values.faults.token | quote }}
{{- end }}

{{- define "bulsajo.networkPolicy" -}}
{{- $participant := ne .name "gateway" }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "bulsajo.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- /* Not the management port: who may reach that says extraIngress. */}}
    - ports: [{ port: http }]
      {{- if and $participant (not .values.serviceMonitor.enabled) }}
      from: [{ podSelector: {} }]
      {{- end }}
    {{- with .values.networkPolicy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  egress:
    - ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
    {{- if eq .name "gateway" }}
    - to:
        - podSelector:
            matchExpressions:
              - { key: app, operator: In, values: [order, payment, delivery, ordertrace] }
      ports: [{ port: 8080 }]
    {{- else if eq .name "order" }}
    - to: [{ podSelector: { matchLabels: { app: payment } } }]
      ports: [{ port: 8080 }]
    {{- end }}
    {{- if and $participant .values.postgres.enabled }}
    - to: [{ podSelector: { matchLabels: { app: postgres } } }]
      ports: [{ port: 5432 }]
    {{- end }}
    {{- if and $participant (eq .values.backend "kafka") .values.kafka.enabled }}
    - to: [{ podSelector: { matchLabels: { app: my-kafka } } }]
      ports: [{ port: 9092 }]
    {{- end }}
    {{- with .values.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
