// Package libopenapi stands in for the OpenAPI parser of that name. Compiling that one is a quarter of the
// work of building the engine, and all that uses it is `pulumi api`, which calls Pulumi Cloud. Here is what
// that command names, with one answer: it is left out.
package libopenapi

import (
	"errors"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

var errLeftOut = errors.New("this build of pulumi leaves out what `pulumi api` needs; install the official release")

type Document struct{}

type DocumentModel struct{ Model v3.Document }

func NewDocument([]byte) (Document, error) { return Document{}, errLeftOut }

func (Document) BuildV3Model() (*DocumentModel, error) { return nil, errLeftOut }
