#!/bin/bash
# A class of 2019: a service, somebody who asks, another version, an autoscaler and a door.
set -e
kubectl run siege --image=bulsajo/toolbox:0.1.0
kubectl apply -f - <<EOF
apiVersion: apps/v1
kind: Deployment
metadata:
  name: order
spec:
  template:
    metadata:
      labels:
        run: order
    spec:
      containers:
        - name: order
          image: bulsajo/order:stable
          resources:
            requests:
              cpu: 200m
          readinessProbe:
            httpGet:
              path: /orders
              port: 8080
  selector:
    matchLabels:
      run: order
EOF
kubectl expose deploy order --port=8080
kubectl wait pod/siege --for=condition=Ready --timeout=110s
kubectl rollout status deploy order --timeout=110s
kubectl autoscale deploy order --cpu-percent=50 --min=1 --max=3
kubectl exec siege -- http order:8080/orders
kubectl set image deploy order order=bulsajo/order:canary
kubectl rollout status deploy order --timeout=110s
kubectl exec -it siege -- siege -c1 -t5S http://order:8080/orders --delay=1S
cat <<EOF | kubectl apply -f -
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: order
spec:
  rules:
    - host: order.class
      http:
        paths:
          - path: /orders
            backend:
              service: {name: order, port: {number: 8080}}
            pathType: ImplementationSpecific
EOF
