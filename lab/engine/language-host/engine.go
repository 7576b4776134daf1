//go:build engine

// Names the program that is built from this module, so that `go mod` knows what the pins are for.
package engine

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
