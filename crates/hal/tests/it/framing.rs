//! What a socket sees: lengths, never chunks, and no length where none may be.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::toy::{Orders, Store, app};

fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.to_lowercase()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_a_length_and_204_has_none() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum::serve(listener, app(Orders(Store::with(25)))).into_future();
    let client = tokio::task::spawn_blocking(move || {
        for (line, status, length) in [
            ("GET /orders", "200 ok", true),
            ("GET /orders/999", "404 not found", true),
            ("GET /orders/abc", "404 not found", true),
            ("DELETE /orders", "405 method not allowed", true),
            ("HEAD /orders", "204 no content", false),
            ("DELETE /orders/3", "204 no content", false),
            ("OPTIONS /orders", "200 ok", true),
        ] {
            let request =
                format!("{line} HTTP/1.1\r\nHost: order:8080\r\nConnection: close\r\n\r\n");
            let answer = exchange(address, &request);

            assert!(answer.starts_with(&format!("http/1.1 {status}\r\n")), "{line}: {answer}");
            assert_eq!(answer.contains("content-length: "), length, "{line}: {answer}");
            assert!(!answer.contains("transfer-encoding"), "{line}: {answer}");
        }
    });
    tokio::select! {
        _ = server => unreachable!("the server runs until the client is done"),
        done = client => done.unwrap(),
    }
}
