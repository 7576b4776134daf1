// Package base has the fields of a schema that `pulumi api` reads.
package base

import (
	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"
)

type Info struct{ Version string }

type SchemaProxy struct{}

func (*SchemaProxy) Schema() *Schema { return nil }

type Either struct{ A *SchemaProxy }

func (*Either) IsA() bool { return false }

type Discriminator struct {
	PropertyName string
	Mapping      *orderedmap.Map[string, string]
}

type Schema struct {
	Type                                []string
	AllOf, AnyOf, OneOf                 []*SchemaProxy
	Items, AdditionalProperties         *Either
	Properties                          *orderedmap.Map[string, *SchemaProxy]
	Extensions                          *orderedmap.Map[string, *yaml.Node]
	Discriminator                       *Discriminator
	Enum                                []*yaml.Node
	Default                             *yaml.Node
	Required                            []string
	Title, Description, Format, Pattern string
	Minimum, Maximum, MultipleOf        *float64
	MinLength, MaxLength                *int64
	Nullable, ReadOnly, WriteOnly       *bool
	Deprecated                          *bool
}

type Low struct{}

func (*Low) Hash() uint64 { return 0 }

func (*Schema) GoLow() *Low                        { return nil }
func (*Schema) MarshalJSONInline() ([]byte, error) { return nil, nil }
