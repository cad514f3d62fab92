# Every image, for every platform: `docker buildx bake --file docker-bake.hcl --push`. For this
# machine alone, and into its own engine: the same with `PLATFORMS=` and `--load`, as `just images`.

variable "REGISTRY" {
  description = "What stands before the images' names: a registry and a folder, or a folder."
  default     = "bulsajo"
}

variable "TAG" {
  description = "Beside VERSION, by which manifests name images. Variants for labs have their own tags."
  default     = "latest"
}

variable "VERSION" {
  description = "The version of the sources: that of Cargo.toml, or `.ci/manifests` fails."
  default     = "0.1.0"
}

variable "GIT_REVISION" {
  default = "unknown"
}

variable "LTO" {
  description = "Optimization across crates when linking: thin, or off, which links sooner and runs slower."
  default     = "thin"
}

variable "PLATFORMS" {
  description = "With commas between them; none is the platform of the builder."
  default     = "linux/amd64,linux/arm64"
}

function "tags" {
  params = [image]
  result = distinct(["${REGISTRY}/${image}:${TAG}", "${REGISTRY}/${image}:${VERSION}"])
}

group "default" {
  targets = ["fleet", "service", "variant", "toolbox"]
}

target "common" {
  args      = { VERSION = VERSION, GIT_REVISION = GIT_REVISION, LTO = LTO }
  platforms = compact(split(",", PLATFORMS))
}

target "fleet" {
  inherits = ["common"]
  target   = "fleet"
  tags     = tags("fleet")
}

target "service" {
  name = service
  matrix = {
    service = [
      "gateway", "order", "payment", "delivery", "ordertrace", "websample", "order-liveness",
    ]
  }
  inherits = ["common"]
  target   = service
  tags     = tags(service)
}

# For labs: the same layers under a tag that says what is different. Each is a stage of the
# Dockerfile, named after its service and its tag.
target "variant" {
  name = "${variant.service}-${variant.tag}"
  matrix = {
    variant = [
      { service = "order", tag = "stable" },
      { service = "order", tag = "canary" },
      { service = "order", tag = "bad" },
      { service = "order", tag = "slow" },
      { service = "order", tag = "crash" },
      { service = "payment", tag = "manual" },
      { service = "delivery", tag = "v1" },
      { service = "delivery", tag = "v2" },
      { service = "delivery", tag = "v3" },
      { service = "websample", tag = "v1" },
      { service = "websample", tag = "v2" },
    ]
  }
  inherits = ["common"]
  target   = "${variant.service}-${variant.tag}"
  tags     = ["${REGISTRY}/${variant.service}:${variant.tag}"]
}

# Debian with what worksheets type.
target "toolbox" {
  inherits = ["common"]
  target   = "toolbox"
  tags     = tags("toolbox")
}
