//! `lab bundle`: the images of labs in one file, for a room without a network.

mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{cli::Bundle, failure::Failure, worksheet::Worksheet};

/// Writes the images that the worksheets and their manifests name, or only lists them.
pub(crate) fn bundle(wanted: &Bundle) -> Result<(), Failure> {
    let mut images: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in &wanted.worksheets {
        let worksheet = Worksheet::read(path)?;
        for image in names::of(&worksheet)? {
            images.entry(image).or_default().insert(path.clone());
        }
    }
    if images.is_empty() {
        return Err(Failure::Content("these worksheets name no image".to_owned()));
    }
    let Some(out) = &wanted.out else {
        for image in images.keys() {
            say!("{image}");
        }
        return Ok(());
    };
    check(&images)?;
    let names: Vec<&str> = images.keys().map(String::as_str).collect();
    save(out, &names)?;
    let size = std::fs::metadata(out).map_or(0, |it| it.len());
    for image in images.keys() {
        say!("{image}");
    }
    say!("\n{}: {} images, {:.1} MB", out.display(), images.len(), megabytes(size));
    say!("{}", how_to_load(out));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a size for people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Whether this machine has them all; else what is missing, who wants it, and where it comes from.
fn check(images: &BTreeMap<String, BTreeSet<PathBuf>>) -> Result<(), Failure> {
    docker(&["version", "--format", "{{.Server.Version}}"])?;
    let mut missing = Vec::new();
    for (image, sheets) in images {
        if docker(&["image", "inspect", "--format", "{{.Id}}", image]).is_err() {
            let cure = if image.starts_with("bulsajo/") {
                "just images".to_owned()
            } else {
                format!("docker pull {image}")
            };
            let sheets: Vec<String> = sheets.iter().map(|it| it.display().to_string()).collect();
            missing.push(format!("\n  {image}    {cure}    ({})", sheets.join(", ")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Program(format!(
        "this machine does not have all images, and nothing was written:{}",
        missing.concat()
    )))
}

/// Under another name until it is complete: a half of it would load as well, and lack something.
fn save(out: &Path, images: &[&str]) -> Result<(), Failure> {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let path = part.to_str().ok_or_else(|| Failure::Usage("--out is no text".to_owned()))?;
    let saved = docker(&[&["save", "--output", path], images].concat())
        .and_then(|_| std::fs::rename(&part, out).map_err(|error| Failure::unwritable(out, error)));
    if saved.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    saved
}

fn docker(words: &[&str]) -> Result<String, Failure> {
    let ran = Command::new("docker").args(words).output().map_err(|error| {
        Failure::Program(format!("docker does not start, and it has the images: {error}"))
    })?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned());
    }
    let told = String::from_utf8_lossy(&ran.stderr);
    Err(Failure::Program(format!("docker {}: {}", words[0], told.trim())))
}

fn how_to_load(out: &Path) -> String {
    let file = out.display();
    format!(
        "Load it, without a network:\n  \
         docker load --input {file}                      Docker, Docker Desktop's Kubernetes\n  \
         kind load image-archive {file} --name NAME      kind\n  \
         minikube image load {file}                      minikube\n  \
         sudo k3s ctr images import {file}               k3s, on each node\n  \
         sudo ctr -n k8s.io images import {file}         containerd, on each node"
    )
}
