//! What the settings accept, and what the gateway says about itself.

use clap::{CommandFactory, Parser};

use crate::support::CommandLine;

fn refused(setting: &str, value: &str) -> String {
    let parsed = CommandLine::try_parse_from(["gateway", setting, value]);
    parsed.err().unwrap_or_else(|| panic!("{value:?} was accepted")).to_string()
}

#[test]
fn a_laptop_needs_no_setting() {
    let CommandLine { backends, args, .. } = CommandLine::parse_from(["gateway"]);

    assert_eq!(backends.order_url.to_string(), "http://localhost:8081");
    assert_eq!(backends.payment_url.to_string(), "http://localhost:8082");
    assert_eq!(backends.delivery_url.to_string(), "http://localhost:8083");
    assert_eq!(backends.ordertrace_url.to_string(), "http://localhost:8084");
    assert_eq!(args.connect_timeout.to_string(), "2s");
    assert_eq!(args.response_timeout.to_string(), "30s");
    assert!(args.retry);
    assert!(!args.controls && !args.worksheets, "nothing that does harm is public");
}

#[test]
fn every_setting_has_a_variable_and_a_sentence() {
    let command = CommandLine::command();
    let ours = command.get_arguments().filter(|setting| setting.get_env().is_some());

    let variables: Vec<_> = ours
        .inspect(|setting| assert!(setting.get_help().is_some(), "{setting}"))
        .filter_map(|setting| setting.get_env()?.to_str())
        .collect();

    assert_eq!(
        variables,
        [
            "ORDER_URL",
            "PAYMENT_URL",
            "DELIVERY_URL",
            "ORDERTRACE_URL",
            "GATEWAY_CONNECT_TIMEOUT",
            "GATEWAY_RESPONSE_TIMEOUT",
            "GATEWAY_RETRY",
            "GATEWAY_CONTROLS",
            "GATEWAY_WORKSHEETS",
        ]
    );
}

#[test]
fn the_address_of_a_service_is_checked_when_it_is_read() {
    for (url, why) in [
        ("https://order:8080", "it must begin with http://"),
        ("tcp://10.0.0.1:8080", "it must begin with http://"),
        ("order:8080", "it must begin with http://"),
        ("order", "it must begin with http://"),
        ("http://", "this is not a URL"),
        ("", "this is not a URL"),
        ("http://order:8080/api", "it must end after the port"),
        ("http://order:8080/?a", "it must end after the port"),
        ("http://user@order:8080", "no user"),
        ("http://order:99999", "its port must be between 1 and 65535"),
        ("http://order:0", "its port must be between 1 and 65535"),
    ] {
        let message = refused("--order-url", url);
        assert!(message.contains(why) && message.contains("http://host:port"), "{message}");
    }
    for url in ["http://order", "http://order:8080/", "http://[::1]:8080", "HTTP://order:8080"] {
        CommandLine::try_parse_from(["gateway", "--order-url", url]).unwrap();
    }
}

#[test]
fn the_document_lists_the_four_collections() {
    let document = serde_json::to_value(gateway::openapi()).unwrap();

    assert_eq!(document["info"]["title"], "gateway");
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(paths, ["/deliveries", "/orderTraces", "/orders", "/payments"]);
    for path in paths {
        let responses = &document["paths"][path]["get"]["responses"];
        assert!(responses["200"].is_object() && responses["default"].is_object(), "{responses}");
    }
}
