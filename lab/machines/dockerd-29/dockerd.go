//go:build dockerd

// Names the program that is built from this module, so that `go mod` knows what the pins are for.
package dockerd

import _ "github.com/moby/moby/v2/cmd/dockerd"
