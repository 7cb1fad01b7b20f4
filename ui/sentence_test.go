package ui

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"foyer/app/call"
	"foyer/app/invite"
	"foyer/app/settings"
	"foyer/media/device"
)

// sentinels are the errors that a person can meet, by package and name. A new
// one fails TestEverySentinelIsKnownHere until it is named here too.
var sentinels = map[string]error{
	"invite.ErrMalformed":   invite.ErrMalformed,
	"invite.ErrCodeNeeded":  invite.ErrCodeNeeded,
	"invite.ErrKeyNeeded":   invite.ErrKeyNeeded,
	"invite.ErrBusy":        invite.ErrBusy,
	"invite.ErrClock":       invite.ErrClock,
	"invite.ErrTwoLinks":    invite.ErrTwoLinks,
	"invite.ErrWrongCode":   invite.ErrWrongCode,
	"invite.ErrTooMany":     invite.ErrTooMany,
	"invite.ErrRoomFull":    invite.ErrRoomFull,
	"invite.ErrBanned":      invite.ErrBanned,
	"invite.ErrUnreachable": invite.ErrUnreachable,
	"invite.ErrProxy":       invite.ErrProxy,
	"invite.ErrCertificate": invite.ErrCertificate,
	"invite.ErrServer":      invite.ErrServer,
	"call.ErrUnreachable":   call.ErrUnreachable,
	"call.ErrBadToken":      call.ErrBadToken,
	"call.ErrExpiredToken":  call.ErrExpiredToken,
	"call.ErrClock":         call.ErrClock,
	"call.ErrCertificate":   call.ErrCertificate,
	"call.ErrRoomFull":      call.ErrRoomFull,
	"call.ErrRemoved":       call.ErrRemoved,
	"call.ErrDuplicate":     call.ErrDuplicate,
	"call.ErrEnded":         call.ErrEnded,
	"call.ErrLost":          call.ErrLost,
	"call.ErrForbidden":     call.ErrForbidden,
	"call.ErrTooOften":      call.ErrTooOften,
	"call.ErrTooLong":       call.ErrTooLong,
	"call.ErrClocks":        call.ErrClocks,
	"device.ErrNoDevice":    device.ErrNoDevice,
	"device.ErrQuiet":       device.ErrQuiet,
	"device.ErrBusy":        device.ErrBusy,
	"device.ErrDenied":      device.ErrDenied,
	"device.ErrGone":        device.ErrGone,
	"device.ErrUnsupported": device.ErrUnsupported,
	"settings.ErrFolder":    settings.ErrFolder,
}

// exported lists the Err... variables in the sources of a package.
func exported(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources in %s: %v", folder, err)
	}
	var out []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				for _, n := range s.(*ast.ValueSpec).Names {
					if strings.HasPrefix(n.Name, "Err") {
						out = append(out, parsed.Name.Name+"."+n.Name)
					}
				}
			}
		}
	}
	return out
}

func TestEverySentinelIsKnownHere(t *testing.T) {
	var found []string
	for _, folder := range []string{"app/call", "app/invite", "media/device", "app/settings"} {
		found = append(found, exported(t, folder)...)
	}
	for _, name := range found {
		if sentinels[name] == nil {
			t.Errorf("%s is not among the errors that are tested here: give it a sentence, then add it", name)
		}
	}
	for name := range sentinels {
		if !slices.Contains(found, name) {
			t.Errorf("%s is in none of the sources", name)
		}
	}
}

func TestEverySentinelHasASentence(t *testing.T) {
	for name, err := range sentinels {
		if !slices.ContainsFunc(sentences(), func(s sentence) bool { return s.err == err }) {
			t.Errorf("%s has no entry of its own", name)
		}
		// However deep it is wrapped, and joined with what came of it.
		for _, e := range []error{err, fmt.Errorf("join: %w", fmt.Errorf("ask host:1: %w: 503", err)), errors.Join(err, errors.New("close: x"))} {
			text := Sentence(e)
			if strings.HasPrefix(text, "That did not work") || strings.Contains(text, err.Error()+":") || strings.Contains(text, "\n") {
				t.Errorf("%s: a person is told %q", name, text)
			}
			if text == "" || text[:1] != strings.ToUpper(text[:1]) || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence", name, text)
			}
			if text != Sentence(err) {
				t.Errorf("%s: wrapped, it becomes %q", name, text)
			}
		}
	}
}

func TestNoSentinelHidesBehindAnother(t *testing.T) {
	for i, s := range sentences() {
		for _, later := range sentences()[i+1:] {
			if errors.Is(later.err, s.err) {
				t.Errorf("%v always gets the sentence of %v", later.err, s.err)
			}
		}
	}
}

func TestTheUnforeseenIsSaidToo(t *testing.T) {
	if got := Sentence(nil); got != "" {
		t.Errorf("no error is %q", got)
	}
	if got := Sentence(errors.New("disk on fire")); got != "That did not work: disk on fire." {
		t.Errorf("the unforeseen is %q", got)
	}
	if got := Sentence(context.DeadlineExceeded); !strings.HasPrefix(got, "That did not work") {
		t.Errorf("a deadline is %q", got)
	}
}
