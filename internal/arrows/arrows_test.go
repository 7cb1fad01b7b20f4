// Package arrows keeps the directions in which packages may import each other.
package arrows

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// allowed names, for each room of the house, the rooms it may import. Test
// files may reach anywhere: they put the real parts together.
var allowed = map[string][]string{
	"main":            {"app", "ui", "media", "assets", "internal/host", "internal/locale", "internal/malloc"},
	"ui":              {"ui", "app", "media", "assets"},
	"app":             {"app", "media"},
	"media":           {"media"},
	"assets":          {},
	"internal/host":   {"internal/host", "app/invite", "app/text"},
	"internal/e2e":    {"internal/e2e", "media", "app"},
	"internal/locale": {},
	"internal/malloc": {},
	"internal/pack":   {"internal/pack"}, // it builds the program, and is no part of it
	"internal/bench": {
		"internal/bench", "internal/e2e", "internal/host", "media", "app", "ui",
	},
}

// foreign names libraries that a room must not know.
var foreign = map[string][]string{
	"media": {"fyne.io/", "github.com/livekit/protocol", "github.com/livekit/server-sdk-go", "github.com/livekit/livekit-server"},
	"app":   {"fyne.io/", "github.com/livekit/livekit-server"},
	"ui":    {"github.com/pion/", "github.com/livekit/", "github.com/gen2brain/malgo"},
	// One server, no client in it.
	"internal/host": {"fyne.io/", "github.com/gen2brain/malgo"},
}

func room(dir string) string {
	switch parts := strings.Split(filepath.ToSlash(dir), "/"); {
	case dir == ".":
		return "main"
	case parts[0] == "internal" && len(parts) > 1:
		return "internal/" + parts[1]
	default:
		return parts[0]
	}
}

func within(path string, roots []string) bool {
	for _, r := range roots {
		if path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}

func TestImportsRunOneWay(t *testing.T) {
	const module = "foyer"
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		from := room(filepath.Dir(rel))
		roots, known := allowed[from]
		if !known {
			t.Errorf("%s: room %q has no rule; give it one in this test", rel, from)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(p, module+"/"); ok && !within(ours, roots) {
				t.Errorf("%s imports %s: %s may import only %v", rel, p, from, roots)
			}
			for _, bad := range foreign[from] {
				if strings.HasPrefix(p, bad) {
					t.Errorf("%s imports %s: %s must not know it", rel, p, from)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatal("no source file found: the walk is wrong")
	}
}
