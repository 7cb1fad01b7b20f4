// Package docs holds the documents to the code that they speak of.
package docs

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository.
const root = ".."

var (
	code = regexp.MustCompile("`([^`\n]+)`")
	path = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*$`)
	name = regexp.MustCompile(`^[A-Za-z]\w*(\.[A-Za-z]\w*)?$`)
	item = regexp.MustCompile(`(?m)^(?:\d+\. |\| |- |$)`) // begins a list's item, a table's row, a paragraph
)

// Each path of the tour exists, and each name is declared in the file that was
// named before it.
func TestTourNamesWhatIsThere(t *testing.T) {
	b, err := os.ReadFile("tour.md")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	for _, part := range item.Split(string(b), -1) {
		file := ""
		for _, m := range code.FindAllStringSubmatch(part, -1) {
			said := m[1]
			if path.MatchString(said) {
				if _, err := os.Stat(filepath.Join(root, said)); err == nil {
					file = said
					continue
				}
			}
			switch {
			case strings.HasPrefix(said, "lang."): // Fyne's
			case strings.Contains(said, "/") || !name.MatchString(said):
				t.Errorf("%s does not exist", said)
			case file == "":
				t.Errorf("%s stands behind no file, in: %.80s", said, part)
			case !declared(t, file)[said]:
				t.Errorf("%s does not declare %s", file, said)
			default:
				names++
			}
		}
	}
	if names < 50 {
		t.Errorf("%d names were found: the test does not read the tour", names)
	}
}

// declared are a Go file's names: functions, types, variables and constants,
// and methods as Type.Method, those of interfaces too.
func declared(t *testing.T, file string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	if filepath.Ext(file) != ".go" {
		return all
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				all[d.Name.Name] = true
				continue
			}
			of := d.Recv.List[0].Type
			if p, ok := of.(*ast.StarExpr); ok {
				of = p.X
			}
			if id, ok := of.(*ast.Ident); ok {
				all[id.Name+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						all[n.Name] = true
					}
				case *ast.TypeSpec:
					all[s.Name.Name] = true
					if i, ok := s.Type.(*ast.InterfaceType); ok {
						for _, m := range i.Methods.List {
							for _, n := range m.Names {
								all[s.Name.Name+"."+n.Name] = true
							}
						}
					}
				}
			}
		}
	}
	return all
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	block   = regexp.MustCompile("(?ms)^```.*?^```$|^    .*?$")
	strange = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are a document's headings as links name them.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
		all[strings.ReplaceAll(strange.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

// Links between documents lead somewhere, to the heading too.
func TestLinksLeadSomewhere(t *testing.T) {
	documents := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")}
	if err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			documents = append(documents, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, d := range documents {
		b, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(block.ReplaceAllString(string(b), ""), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			links++
			target := d
			if to != "" {
				target = filepath.Join(filepath.Dir(d), to)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s leads to %s, which is not there", d, m[1])
				continue
			}
			if anchor == "" {
				continue
			}
			text, err := os.ReadFile(target)
			if err != nil {
				t.Fatal(err)
			}
			if !anchors(string(text))[anchor] {
				t.Errorf("%s leads to %s, which has no such heading", d, m[1])
			}
		}
	}
	if links == 0 {
		t.Error("no link was found")
	}
}

// What each package is for stands in its doc.go, and there alone.
func TestEachPackageHasItsDocGo(t *testing.T) {
	about := map[string]string{} // folders with Go files; what doc.go says
	if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if path != root && (base[0] == '.' || base == "node_modules" || base == "testdata" || base == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		for _, c := range f.Comments {
			if strings.HasPrefix(c.List[0].Text, "//go:build ignore") { // a script, of no package
				return nil
			}
		}
		folder := filepath.Dir(path)
		switch said := strings.TrimSpace(f.Doc.Text()); {
		case base == "doc.go":
			about[folder] = said
		case said != "":
			t.Errorf("%s: the package comment belongs into doc.go", path)
		default:
			about[folder] += "" // if doc.go has not come yet, or never does
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for folder, said := range about {
		if len(strings.Fields(said)) < 4 {
			t.Errorf("%s: no doc.go says what the package is for", folder)
		}
	}
	if len(about) < 40 {
		t.Errorf("%d packages were found", len(about))
	}
}

// The hosting guide and the notes on security speak of the package's unit as it is.
func TestServiceIsAsTold(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join(root, "packaging", "server", "service"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("packaging/server/service is not in this tree")
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for l := range strings.SplitSeq(strings.ReplaceAll(string(unit), "{{.Command}}", "foyer"), "\n") {
		lines[l] = true
	}
	for _, l := range []string{
		"ExecStart=/usr/bin/foyer serve --config /etc/foyer/server.yaml", "User=foyer", "StateDirectory=foyer",
		"ProtectSystem=strict", "ProtectHome=yes", "PrivateDevices=yes", "NoNewPrivileges=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
		"AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
	} {
		if !lines[l] {
			t.Errorf("the unit has no line %s", l)
		}
	}
}
