// Command sdks writes the SDKs of a package out of its schema. It fails where Pulumi's own binder finds fault with that.
//
//	sdks <schema.json> <folder>
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "npm run sdks"

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: sdks <schema.json> <folder>"))
	}
	text, err := os.ReadFile(os.Args[1])
	fail(err)
	var spec schema.PackageSpec
	fail(json.Unmarshal(text, &spec))
	loader := schema.NewNullLoader()
	references, _ := loader.(schema.ReferenceLoader)
	languages := map[string]func(*schema.Package) (map[string][]byte, error){
		"nodejs": func(pkg *schema.Package) (map[string][]byte, error) {
			files, err := nodejs.GeneratePackage(tool, pkg, nil, nil, false, references)
			if err == nil {
				files["package.json"], err = installable(files["package.json"])
			}
			return files, err
		},
		"python": func(pkg *schema.Package) (map[string][]byte, error) {
			return python.GeneratePackage(tool, pkg, nil, references)
		},
		"go": func(pkg *schema.Package) (map[string][]byte, error) {
			return golang.GeneratePackage(tool, pkg, nil)
		},
	}
	for language, generate := range languages {
		// Generators change what they are given.
		pkg, problems, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
		for _, problem := range problems {
			fmt.Fprintln(os.Stderr, problem.Error())
		}
		fail(err)
		if len(problems) > 0 {
			os.Exit(1)
		}
		files, err := generate(pkg)
		fail(err)
		for path, content := range files {
			file := filepath.Join(os.Args[2], language, filepath.FromSlash(path))
			fail(os.MkdirAll(filepath.Dir(file), 0o755))
			fail(os.WriteFile(file, content, 0o644))
		}
		fmt.Fprintf(os.Stderr, "%s: %d files\n", language, len(files))
	}
}

// installable has a package find itself where it is built: Pulumi's own are published out of the folder "bin".
func installable(text []byte) ([]byte, error) {
	var manifest map[string]any
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, err
	}
	manifest["main"] = "bin/index.js"
	manifest["types"] = "bin/index.d.ts"
	manifest["files"] = []string{"bin"}
	manifest["scripts"] = map[string]string{
		"build": `tsc && node --eval "fs.copyFileSync('package.json', 'bin/package.json')"`,
		"prepare": "npm run --silent build",
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(manifest)
	return out.Bytes(), err
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
