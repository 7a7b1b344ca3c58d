// Starts the Node language host with the options of the project's Pulumi.yaml.
//
// The CLI gives a language host nothing but the engine's address, in the project's folder, and sends `runtime.options`
// later with the Run request. The host of sdk v3.68.0 is older than that: it knows these options only as flags. So this
// program stands in its place, reads them from the nearest Pulumi.yaml and hands over by exec: same process, same
// standard streams, same signals.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"gopkg.in/yaml.v3"
)

const hostName = "pulumi-nodejs-host"

type options struct {
	TypeScript *bool   `yaml:"typescript"`
	NodeArgs   *string `yaml:"nodeargs"`
	TSConfig   *string `yaml:"tsconfig"`
}

// runtime is a name or a mapping: `runtime: nodejs`, or `runtime: {name: nodejs, options: {…}}`.
type runtime struct {
	Options options `yaml:"options"`
}

// flags turns a project file into the host's flags. What it does not understand is left to the CLI, which has read the
// same file and reports its errors better.
func flags(project []byte) []string {
	var file struct {
		Runtime yaml.Node `yaml:"runtime"`
	}
	if err := yaml.Unmarshal(project, &file); err != nil || file.Runtime.Kind != yaml.MappingNode {
		return nil
	}
	var found runtime
	if err := file.Runtime.Decode(&found); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-nodejs: options of the runtime ignored: %v\n", err)
		return nil
	}
	var result []string
	if found.Options.TypeScript != nil {
		result = append(result, fmt.Sprintf("-typescript=%t", *found.Options.TypeScript))
	}
	if found.Options.NodeArgs != nil {
		result = append(result, "-nodeargs="+*found.Options.NodeArgs)
	}
	if found.Options.TSConfig != nil {
		result = append(result, "-tsconfig="+*found.Options.TSConfig)
	}
	return result
}

// projectFile is the nearest one from a folder upwards: with `main: src/` the CLI starts the host below the root.
func projectFile(folder string) ([]byte, bool) {
	for {
		for _, name := range []string{"Pulumi.yaml", "Pulumi.yml", "Pulumi.json"} {
			if content, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				return content, true
			}
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return nil, false
		}
		folder = parent
	}
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	host := filepath.Join(filepath.Dir(self), hostName)
	arguments := []string{host}
	if folder, err := os.Getwd(); err == nil {
		if content, ok := projectFile(folder); ok {
			arguments = append(arguments, flags(content)...)
		}
	}
	// Flags given by the caller come last and win.
	return syscall.Exec(host, append(arguments, os.Args[1:]...), os.Environ())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-nodejs: %v\n", err)
		os.Exit(1)
	}
}
