//! Services and Ingresses, and what they lead to.

use serde_json::{Value, json};

use super::made::{deployment, merge, nothing, object, pod, says, spec, with};

fn service(name: &str, app: &str) -> Value {
    let ports = json!([{ "name": "http", "port": 80, "targetPort": 8080 }]);
    object("Service", name, json!({ "spec": { "selector": { "app": app }, "ports": ports } }))
}

fn ingress(class: &str, service: &str, port: &Value) -> Value {
    let backend = json!({ "service": { "name": service, "port": port } });
    object(
        "Ingress",
        "front",
        json!({ "spec": {
        "ingressClassName": class,
        "rules": [{ "http": { "paths": [{ "path": "/", "backend": backend }] } }],
    } }),
    )
}

/// A shop with its Service and a class of Ingress.
fn shop() -> Vec<Value> {
    let mut all = deployment("shop", &spec(json!({})));
    all.extend([service("shop", "shop"), object("IngressClass", "contour", json!({}))]);
    all
}

fn and(more: Value) -> crate::doctor::Seen {
    let mut all = shop();
    all.push(more);
    with(all)
}

#[test]
fn an_ingress_that_leads_nowhere_is_found() {
    let by_number = json!({ "number": 80 });
    nothing(&and(ingress("contour", "shop", &by_number)));
    nothing(&and(ingress("contour", "shop", &json!({ "name": "http" }))));
    let slip = and(ingress("contour", "shpo", &by_number));
    says(
        &slip,
        "ingress/front",
        &[
            "Service shpo, which is not there",
            "Is shop meant",
            r#"backend/service/name","value":"shop""#,
        ],
    );
    let other = and(ingress("contour", "warehouse", &by_number));
    says(&other, "ingress/front", &["no Service warehouse", "apply the Service warehouse"]);
    let container = and(ingress("contour", "shop", &json!({ "number": 8080 })));
    says(&container, "ingress/front", &["port 8080", "80 (http)", r#""value":{"number":80}"#]);
    let mut all = ingress("contour", "shop", &by_number);
    all["spec"]["defaultBackend"] = json!({ "service": { "name": "missing", "port": by_number } });
    says(&and(all), "ingress/front", &["Service missing"]);
}

#[test]
fn an_ingress_that_nothing_serves_is_found() {
    let port = json!({ "number": 80 });
    says(
        &and(ingress("nginx", "shop", &port)),
        "ingress/front",
        &["no class nginx", "are: contour"],
    );
    says(
        &and(ingress("", "shop", &port)),
        "ingress/front",
        &["names no class", "ingressClassName"],
    );
    let mut served = ingress("nginx", "shop", &port);
    served["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "10.0.0.1" }] } });
    nothing(&and(served));
    // Contour has no object for its class.
    let mut seen = and(ingress("contour", "shop", &port));
    seen.objects.insert("ingressclasses".to_owned(), Vec::new());
    says(&seen, "ingress/front", &["no controller is installed"]);
    seen.objects.insert("httpproxies.projectcontour.io".to_owned(), Vec::new());
    nothing(&seen);
    let mut tls = ingress("contour", "shop", &port);
    tls["spec"]["tls"] = json!([{ "secretName": "cert" }]);
    let mut seen = and(tls);
    seen.objects.insert("secrets".to_owned(), Vec::new());
    says(&seen, "ingress/front", &["Secret cert", "create secret tls cert"]);
}

#[test]
fn a_service_of_an_application_that_is_not_there_gets_no_other_ones_labels() {
    for (name, app) in [("billing", "billing"), ("shap", "shap"), ("shop2", "shop2")] {
        let seen = and(service(name, app));
        says(&seen, &format!("service/{name}"), &["finds no pod", "apply what makes the pods of"]);
        assert!(!format!("{:?}", super::judge(&seen)).contains("set selector"), "{name}");
    }
    // Nothing else finds these pods.
    let mut slip = deployment("catalogue", &spec(json!({})));
    slip.push(service("books", "catalouge"));
    says(&with(slip), "service/books", &["set selector service/books app=catalogue"]);
    let mut same_name = deployment("shop", &spec(json!({})));
    same_name.push(service("shop", "webshop-of-old"));
    says(&with(same_name), "service/shop", &["set selector service/shop app=shop"]);
}

#[test]
fn a_service_that_finds_two_applications_is_found_and_a_canary_is_not() {
    let part = |name: &str, container: &str| {
        let mut all =
            deployment(name, &json!({ "containers": [{ "name": container, "image": "i:1" }] }));
        for object in &mut all {
            if object["kind"] == "Pod" {
                object["metadata"]["labels"]["part-of"] = json!("store");
            }
        }
        all
    };
    let wide = |mut all: Vec<Value>, more: Vec<Value>| {
        all.extend(more);
        let mut it = service("cart", "");
        it["spec"]["selector"] = json!({ "part-of": "store" });
        all.push(it);
        with(all)
    };
    let two = wide(part("cart", "cart"), part("till", "till"));
    says(
        &two,
        "service/cart",
        &["deploy/cart and of deploy/till", "set selector service/cart app=cart,part-of=store"],
    );
    nothing(&wide(part("cart", "cart"), part("cart-canary", "cart")));
}

#[test]
fn services_without_selector_or_pods_are_found() {
    let mut none = deployment("shop", &spec(json!({})));
    merge(&mut none[0], json!({ "spec": { "replicas": 0 } }));
    none.truncate(2);
    none.push(service("shop", "shop"));
    says(&with(none), "service/shop", &["leads to no pod", "scale deploy/shop --replicas=1"]);

    let bare = object("Service", "old", json!({ "spec": { "ports": [{ "port": 80 }] } }));
    let mut seen = with([bare, pod("a", json!({}))]);
    seen.objects.insert("endpointslices".to_owned(), Vec::new());
    says(&seen, "service/old", &["no selector and no endpoints"]);
    let slice = json!({ "kind": "EndpointSlice", "endpoints": [{ "addresses": ["10.9.9.9"] }],
        "metadata": { "name": "old-1", "labels": { "kubernetes.io/service-name": "old" } } });
    seen.objects.insert("endpointslices".to_owned(), vec![slice]);
    nothing(&seen);

    let alias = |target: &str| {
        let spec = json!({ "type": "ExternalName", "externalName": target });
        with([object(
            "Service",
            "far",
            json!({ "metadata": { "namespace": "class" }, "spec": spec }),
        )])
    };
    says(&alias("10.1.2.3"), "service/far", &["is no name"]);
    says(
        &alias("till.class.svc.cluster.local"),
        "service/far",
        &["a Service till, which is not there"],
    );
    nothing(&alias("example.org"));
}
