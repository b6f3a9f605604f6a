// The registry on loopback that the node tests push to and pull from: a tool only, nothing here is imported.
module shimgate.dev/test/binaries/registry

go 1.26.0

tool github.com/google/go-containerregistry/cmd/registry

require github.com/google/go-containerregistry v0.22.1 // indirect
