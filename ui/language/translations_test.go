package language

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"foyer/assets"
)

// allowed are literals in the window's sources that look like text and are none,
// or read alike in all languages. A folder of "" is any.
var allowed = []struct{ folder, literal string }{
	{"", "Foyer"}, {"", " – Foyer"}, {"", "foyer.png"}, {"", "app.foyer.Foyer"},
	{"", "Ág"},                                                                            // as high as letters get
	{"meeting", "Esc"}, {"meeting", "PgUp"}, {"meeting", "PgDn"}, {"meeting", "Ctrl + D"}, // on keys
	{"meeting", "LeftShift"}, {"meeting", "RightShift"}, // Fyne's names of keys
	{"meeting", "H.264"}, {"meeting", "%.1f Mbit/s"}, {"meeting", "%.0f kbit/s"}, {"meeting", "%.1f ms"}, {"meeting", "%d ms"},
	{"awake", "SetThreadExecutionState"}, {"tray", "NameOwnerChanged"}, {"motion", "SettingChanged"},
	{"meeting", "screen share"}, {"meeting", "shared sound"}, // of package meeting alone
	{"meeting", "%.0f fps"}, {"meeting", "%d, %.1f s"},
}

// untold are functions whose literals nobody reads in the window: errors and
// logs, and the report on statistics, which is in English.
var untold = []string{"errors.New", "fmt.Errorf", "fyne.LogError", "panic", "regexp.MustCompile", "theme.Color", "os.Getenv", "report"}

// plain are folders and files of the window without any text.
var plain = []string{"theme", "renderer", "hotkey", "language", "blit_gl.go", "room.go"}

// fyneKeys are texts of Fyne's own that this program shows: dialogs and the menus
// of text fields. Fyne has them in some languages; in the others they are ours.
var fyneKeys = []string{"Cancel", "Confirm", "Copy", "Cut", "Error", "No", "OK", "Paste", "Redo", "Select all", "Undo", "Yes"}

var fyneLacks = []string{"hi", "ja"}

// forms are the plural forms of a language (CLDR) that a number of people takes.
// Spanish, French and Portuguese have "many" too, from a million on.
var forms = map[string][]string{
	"en": {"one", "other"}, "de": {"one", "other"}, "es": {"one", "other"}, "fr": {"one", "other"}, "pt": {"one", "other"},
	"hi": {"one", "other"}, "ja": {"other"}, "zh": {"other"},
}

// use is a text in the sources.
type use struct {
	plural bool
	at     string
	data   []string // what is put in; nil where that is not told at the place itself
}

// sources reads the window's sources: what is translated, and what looks as if it
// should be.
func sources(t *testing.T) (keys map[string]use, bare []string) {
	t.Helper()
	keys = map[string]use{}
	root := filepath.Join("..", "..")
	folders := map[string][]*ast.File{}
	set := token.NewFileSet()
	err := filepath.WalkDir(filepath.Join(root, "ui"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(set, path, nil, 0)
		folders[filepath.Dir(path)] = append(folders[filepath.Dir(path)], f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, files := range folders {
		consts := constants(files)
		named := map[ast.Expr]bool{} // literals of constants that are keys
		seen := map[*ast.BasicLit]bool{}
		literal := func(e ast.Expr) (string, bool) {
			switch e := e.(type) {
			case *ast.BasicLit:
				seen[e] = true
				s, err := strconv.Unquote(e.Value)
				return s, err == nil
			case *ast.Ident:
				if c, ok := consts[e.Name].(*ast.BasicLit); ok {
					named[c] = true
					s, err := strconv.Unquote(c.Value)
					return s, err == nil
				}
			}
			return "", false
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok || !strings.HasPrefix(name(c.Fun), "lang.") || len(c.Args) == 0 {
					return true
				}
				at := set.Position(c.Pos())
				where := fmt.Sprintf("%s:%d", filepath.ToSlash(strings.TrimPrefix(at.Filename, root+string(filepath.Separator))), at.Line)
				u := use{at: where}
				data := c.Args[1:]
				switch name(c.Fun) {
				case "lang.L":
				case "lang.N":
					u.plural, data = true, c.Args[min(2, len(c.Args)):]
				case "lang.SystemLocale", "lang.AddTranslations":
					return true
				default:
					t.Errorf("%s: use lang.L or lang.N, which this test knows, not %s", where, name(c.Fun))
				}
				key, ok := literal(c.Args[0])
				if !ok {
					t.Errorf("%s: the text must be a literal or a constant of the package, to be found here", where)
					return true
				}
				u.data = put(data)
				if old, ok := keys[key]; ok && old.plural != u.plural {
					t.Errorf("%s: %q is a plural in one place and none at %s", where, key, old.at)
				}
				if len(places(key)) > 0 && u.data != nil && !slices.Equal(places(key), u.data) {
					t.Errorf("%s: %q gets %q", where, key, u.data)
				}
				if len(places(key)) > 0 && len(data) == 0 {
					t.Errorf("%s: %q gets nothing to put in", where, key)
				}
				keys[key] = u
				return true
			})
		}
		if rel, _ := filepath.Rel(filepath.Join(root, "ui"), folder); slices.Contains(plain, strings.Split(filepath.ToSlash(rel), "/")[0]) {
			continue
		}
		for _, f := range files {
			if slices.Contains(plain, filepath.Base(set.Position(f.Package).Filename)) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec, *ast.Field:
					return false
				case *ast.CallExpr:
					if slices.Contains(untold, name(n.Fun)) {
						return false
					}
				case *ast.FuncDecl:
					return !slices.Contains(untold, n.Name.Name)
				case *ast.ValueSpec:
					if len(n.Names) > 0 && n.Names[0].Name == "sources" {
						return false
					}
				case *ast.KeyValueExpr:
					pass(seen, n.Key)
				case *ast.IndexExpr:
					pass(seen, n.Index)
				case *ast.BasicLit:
					s, err := strconv.Unquote(n.Value)
					if n.Kind != token.STRING || err != nil || seen[n] || named[n] || !readable(s) {
						return true
					}
					for _, a := range allowed {
						if a.literal == s && (a.folder == "" || a.folder == filepath.Base(folder)) {
							return true
						}
					}
					at := set.Position(n.Pos())
					bare = append(bare, fmt.Sprintf("%s:%d: %q", at.Filename, at.Line, s))
				}
				return true
			})
		}
	}
	return keys, bare
}

// pass lets the key of a map go unread.
func pass(seen map[*ast.BasicLit]bool, key ast.Expr) {
	if l, ok := key.(*ast.BasicLit); ok {
		seen[l] = true
	}
}

// readable says that a literal looks like words for people.
func readable(s string) bool { return words.MatchString(s) }

var words = regexp.MustCompile(`^\p{Lu}\p{Ll}|\p{L}{2,} | \p{L}{2,}`)

func constants(files []*ast.File) map[string]ast.Expr {
	all := map[string]ast.Expr{}
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if i < len(v.Values) {
						all[n.Name] = v.Values[i]
					}
				}
			}
		}
	}
	return all
}

// name is what a call calls, as far as it is plain.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// put lists the names of a map that is written at the place.
func put(data []ast.Expr) []string {
	if len(data) != 1 {
		return nil
	}
	m, ok := data[0].(*ast.CompositeLit)
	if !ok {
		return nil
	}
	names := []string{}
	for _, e := range m.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.BasicLit); ok {
				s, _ := strconv.Unquote(k.Value)
				names = append(names, s)
			}
		}
	}
	slices.Sort(names)
	return names
}

var place = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// places lists the names of what is put into a text.
func places(text string) []string {
	names := []string{}
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// translations reads a language's file: the forms of each text.
func translations(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	b, err := assets.Translations.ReadFile("translations/base." + code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	raw := map[string]any{}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("base.%s.json: %v", code, err)
	}
	all := map[string]map[string]string{}
	for k, v := range raw {
		all[k] = map[string]string{}
		switch v := v.(type) {
		case string:
			all[k][""] = v
		case map[string]any:
			for form, text := range v {
				all[k][form], _ = text.(string)
			}
		}
	}
	return all
}

func TestEveryTextIsTranslated(t *testing.T) {
	keys, bare := sources(t)
	for _, b := range bare {
		t.Errorf("%s is read by people, it seems, and not by way of package lang (or belongs into the list of what is allowed)", b)
	}
	if len(keys) < 100 {
		t.Fatalf("only %d texts are found", len(keys))
	}
	for _, l := range All {
		there := translations(t, l.Code)
		var missing []string
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			u := keys[k]
			v, ok := there[k]
			if l.Code == "en" && !u.plural {
				if ok {
					t.Errorf("base.en.json: %q is its own text", k)
				}
				continue
			}
			if !ok {
				missing = append(missing, blank(k, u.plural, forms[l.Code]))
				continue
			}
			want := []string{""}
			if u.plural {
				want = forms[l.Code]
			}
			for _, f := range want {
				if v[f] == "" {
					t.Errorf("base.%s.json: %q lacks its form %q", l.Code, k, f)
				}
			}
			for f, text := range v {
				if !slices.Contains(want, f) && !(u.plural && f == "many") {
					t.Errorf("base.%s.json: %q has a form %q that counts for nothing", l.Code, k, f)
				}
				if !slices.Equal(places(text), places(k)) {
					t.Errorf("base.%s.json: %q puts in %q, not %q", l.Code, k, places(text), places(k))
				}
				if strings.Count(text, "{{") != strings.Count(text, "}}") || strings.Count(text, "{{") != len(place.FindAllString(text, -1)) {
					t.Errorf("base.%s.json: %q has a place that is not like {{.Name}}: %q", l.Code, k, text)
				}
			}
		}
		for _, k := range fyneKeys {
			if _, ok := there[k]; !ok && slices.Contains(fyneLacks, l.Code) {
				missing = append(missing, blank(k, false, nil))
			}
		}
		for _, k := range slices.Sorted(maps.Keys(there)) {
			if _, ok := keys[k]; !ok && !slices.Contains(fyneKeys, k) {
				t.Errorf("base.%s.json: nothing says %q", l.Code, k)
			}
		}
		if len(missing) > 0 {
			t.Errorf("assets/translations/base.%s.json lacks:\n%s", l.Code, strings.Join(missing, ",\n"))
		}
	}
}

// blank is an entry to fill in.
func blank(key string, plural bool, forms []string) string {
	quote := func(s string) string {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(s)
		return strings.TrimSpace(b.String())
	}
	if !plural {
		return "  " + quote(key) + ": \"\""
	}
	var all []string
	for _, f := range forms {
		all = append(all, quote(f)+": \"\"")
	}
	return "  " + quote(key) + ": {" + strings.Join(all, ", ") + "}"
}
