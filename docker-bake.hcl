# Every image, for every platform: `docker buildx bake --file docker-bake.hcl --push`. For this
# machine alone, and into its own engine: the same with `PLATFORMS=` and `--load`, as `just images`.

variable "REGISTRY" {
  description = "What stands before the images' names: a registry and a folder, or a folder."
  default     = "bulsajo"
}

variable "TAG" {
  default = "latest"
}

variable "VERSION" {
  description = "The version of the sources, for the label."
  default     = "0.1.0"
}

variable "GIT_REVISION" {
  default = "unknown"
}

variable "PLATFORMS" {
  description = "With commas between them; none is the platform of the builder."
  default     = "linux/amd64,linux/arm64"
}

group "default" {
  targets = ["fleet", "service", "variant"]
}

target "common" {
  args      = { VERSION = VERSION, GIT_REVISION = GIT_REVISION }
  platforms = compact(split(",", PLATFORMS))
}

target "fleet" {
  inherits = ["common"]
  target   = "fleet"
  tags     = ["${REGISTRY}/fleet:${TAG}"]
}

target "service" {
  name     = service
  matrix   = { service = ["gateway", "order", "payment", "delivery", "ordertrace", "websample"] }
  inherits = ["common"]
  target   = service
  tags     = ["${REGISTRY}/${service}:${TAG}"]
}

# For labs: the same layers under a tag that says what is different. Each is a stage of the
# Dockerfile, named after its service and its tag.
target "variant" {
  name = "${variant.service}-${variant.tag}"
  matrix = {
    variant = [
      { service = "payment", tag = "manual" },
      { service = "websample", tag = "v1" },
      { service = "websample", tag = "v2" },
    ]
  }
  inherits = ["common"]
  target   = "${variant.service}-${variant.tag}"
  tags     = ["${REGISTRY}/${variant.service}:${variant.tag}"]
}
