{{/* The context of everything about one service is (dict "root" "name" "component" "values"). */}}
{{- define "bulsajo.deployment" -}}
{{- $v := .values }}
{{- $participant := ne .name "gateway" }}
{{- $resources := mergeOverwrite (deepCopy (get $v.resourcesByProfile $v.profile)) (deepCopy $v.resources) }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels:
    {{- include "bulsajo.labels" . | nindent 4 }}
spec:
  {{- /* Whoever scales decides: an upgrade would set it back. */}}
  {{- if not (or $v.autoscaling.enabled (and $v.keda.enabled (has .name (list "payment" "delivery" "ordertrace")))) }}
  replicas: {{ $v.replicaCount }}
  {{- end }}
  revisionHistoryLimit: {{ $v.rollout.revisionHistoryLimit }}
  minReadySeconds: {{ $v.rollout.minReadySeconds }}
  progressDeadlineSeconds: {{ $v.rollout.progressDeadlineSeconds }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxSurge: {{ $v.rollout.maxSurge }}, maxUnavailable: {{ $v.rollout.maxUnavailable }} }
  selector:
    matchLabels:
      {{- include "bulsajo.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "bulsajo.labels" . | nindent 8 }}
        {{- with $v.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if or $v.podAnnotations $v.faults.token }}
      annotations:
        {{- with $v.faults.token }}
        checksum/faults-token: {{ sha256sum . | trunc 16 | quote }}
        {{- end }}
        {{- with $v.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "bulsajo.serviceAccountName" .root }}
      automountServiceAccountToken: false
      {{- /* ORDER_PORT=tcp://… would be injected, and the names are those of settings. */}}
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $v.terminationGracePeriodSeconds }}
      {{- with include "bulsajo.pullSecrets" $v.image | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        {{- toYaml $v.podSecurityContext | nindent 8 }}
      {{- with $v.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.topologySpread }}
      {{- if .enabled }}
      topologySpreadConstraints:
        - maxSkew: {{ .maxSkew }}
          topologyKey: {{ .topologyKey }}
          whenUnsatisfiable: {{ .whenUnsatisfiable }}
          labelSelector:
            matchLabels:
              {{- include "bulsajo.selector" $ | nindent 14 }}
          {{- /* Each rollout by itself: the old pods are about to go. */}}
          matchLabelKeys: [pod-template-hash]
      {{- end }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "bulsajo.image" (list .root (printf "%s/%s" $v.image.repository .name) ($v.image.tag | default .root.Chart.AppVersion)) }}
          imagePullPolicy: {{ $v.image.pullPolicy }}
          {{- with $v.extraArgs }}
          {{- /* Arguments take the place of the image's own, and the first of these is the service. */}}
          args:
            {{- toYaml (prepend . $.name) | nindent 12 }}
          {{- end }}
          ports:
            - { name: http, containerPort: 8080 }
            {{- if include "bulsajo.asksGrpc" $v }}
            - { name: grpc, containerPort: {{ $v.service.grpcPort }} }
            {{- end }}
            {{- with $v.faults.managementPort }}
            - { name: management, containerPort: {{ . }} }
            {{- end }}
          env:
            {{- if $participant }}
            - name: DATABASE_URL_FILE
              value: /run/secrets/database/url
            {{- end }}
            {{- include "bulsajo.environment" . | trim | nindent 12 }}
            {{- with include "bulsajo.neighbours" . | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- if include "bulsajo.asksGrpc" $v }}
            - name: GRPC_HEALTH_PORT
              value: {{ $v.service.grpcPort | quote }}
            {{- end }}
            {{- if $v.faults.token }}
            - name: FAULTS_TOKEN
              valueFrom:
                secretKeyRef: { name: {{ .name }}-faults, key: token }
            {{- end }}
            {{- if and $participant (eq $v.backend "kafka") $v.kafka.propertiesSecret }}
            - name: KAFKA_PROPERTIES_FILE
              value: /run/secrets/kafka/properties
            {{- end }}
            {{- with $v.extraEnvs }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- range $kind := list "startup" "liveness" "readiness" }}
          {{- with include "bulsajo.probe" (dict "kind" $kind "values" $v) | trim }}
          {{- . | nindent 10 }}
          {{- end }}
          {{- end }}
          {{- with $v.lifecycle }}
          lifecycle:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          resources:
            {{- toYaml $resources | nindent 12 }}
          securityContext:
            {{- toYaml $v.securityContext | nindent 12 }}
          volumeMounts:
            {{- /* Where the fault `disk` writes. */}}
            - { name: tmp, mountPath: /tmp }
            {{- if $participant }}
            - { name: database, mountPath: /run/secrets/database, readOnly: true }
            {{- end }}
            {{- if and $participant (eq $v.backend "kafka") $v.kafka.propertiesSecret }}
            - { name: kafka, mountPath: /run/secrets/kafka, readOnly: true }
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {}
        {{- if $participant }}
        - name: database
          secret:
            secretName: {{ include "bulsajo.databaseSecret" .root }}
            items: [{ key: url, path: url }]
        {{- end }}
        {{- if and $participant (eq $v.backend "kafka") $v.kafka.propertiesSecret }}
        - name: kafka
          secret:
            secretName: {{ $v.kafka.propertiesSecret }}
            items: [{ key: properties, path: properties }]
        {{- end }}
{{- end }}
