//go:build unix

package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"foyer/internal/e2e/journal"
)

var built struct {
	once sync.Once
	path string
	err  error
}

// Path is the binary under test: $FOYER_BIN, or one built here, once.
func Path() (string, error) {
	built.once.Do(func() {
		if p := os.Getenv("FOYER_BIN"); p != "" {
			built.path = p
			return
		}
		_, here, _, _ := runtime.Caller(0)
		root := filepath.Join(filepath.Dir(here), "..", "..", "..")
		dir, err := os.MkdirTemp("", "foyer-built-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "foyer")
		cmd := exec.Command("go", "build", "-tags=migrated_fynedo", "-o", built.path, ".")
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build foyer: %w\n%s", err, out)
		}
	})
	return built.path, built.err
}

// Discard removes a binary that Path built.
func Discard() {
	if built.path != "" && os.Getenv("FOYER_BIN") == "" {
		_ = os.RemoveAll(filepath.Dir(built.path))
	}
}

// Line is one JSON line of standard output.
type Line struct {
	Type string // its "type", or "event"
	Raw  json.RawMessage
}

// Decode fills v from the line.
func (l Line) Decode(v any) error { return json.Unmarshal(l.Raw, v) }

// Program is a started Foyer. Safe for use by several goroutines.
type Program struct {
	Lines journal.Journal[Line]

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	exited chan struct{}
	err    error // from Wait; read after exited
	mu     sync.Mutex
	stderr bytes.Buffer
	text   bytes.Buffer // standard output that was no JSON
}

// Options says how to run it. Env replaces the environment where it is not nil.
// Within goes before the command line and must become the program, not its
// parent: ip netns exec NAMESPACE.
type Options struct {
	Within []string
	Args   []string
	Env    []string
	Dir    string
}

type locked struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// Start runs the program.
func Start(o Options) (*Program, error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	line := slices.Concat(o.Within, []string{path}, o.Args)
	p := &Program{cmd: exec.Command(line[0], line[1:]...), exited: make(chan struct{})}
	p.cmd.Env, p.cmd.Dir = o.Env, o.Dir
	p.cmd.Stderr = locked{&p.mu, &p.stderr}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start foyer: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start foyer: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start foyer: %w", err)
	}
	go func() {
		defer close(p.exited)
		p.read(out)
		p.err = p.cmd.Wait()
		p.Lines.End(fmt.Errorf("foyer %s has ended: %w", strings.Join(o.Args[:min(1, len(o.Args))], ""), errors.Join(p.err, io.EOF)))
	}()
	return p, nil
}

func (p *Program) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 1<<16)
	for {
		b, err := lines.ReadBytes('\n')
		if b = bytes.TrimSpace(b); len(b) > 0 {
			var head struct{ Type, Event string }
			if json.Unmarshal(b, &head) == nil {
				if head.Type == "" {
					head.Type = head.Event
				}
				p.Lines.Append(Line{Type: head.Type, Raw: b})
			} else {
				_, _ = locked{&p.mu, &p.text}.Write(append(b, '\n'))
			}
		}
		if err != nil {
			return
		}
	}
}

// PID is the process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Say writes one JSON line to standard input.
func (p *Program) Say(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err = p.stdin.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("speak to foyer: %w", err)
	}
	return nil
}

// Stderr is what it printed there so far.
func (p *Program) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// Text is what it printed on standard output that was no JSON.
func (p *Program) Text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// Exited is closed when the program is gone.
func (p *Program) Exited() <-chan struct{} { return p.exited }

// Wait waits until the program is gone and returns its exit code, -1 for a signal.
func (p *Program) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for foyer to end: %w", context.Cause(ctx))
	}
}

// Signal sends a signal to the program.
func (p *Program) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Stop asks the program to end, as a terminal's Ctrl+C does, and returns its
// exit code. A program that does not end in time is killed with its stacks on
// standard error.
func (p *Program) Stop(ctx context.Context) (int, error) {
	_ = p.Signal(os.Interrupt)
	code, err := p.Wait(ctx)
	if err != nil {
		_ = p.Signal(syscall.SIGQUIT)
		select {
		case <-p.exited:
		case <-time.After(3 * time.Second):
		}
		p.Kill()
	}
	return code, err
}

// Kill ends it at once.
func (p *Program) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

var crash = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*|SIG[A-Z]+: .*|WARNING: DATA RACE)$`)

// Crash returns the line that says the program crashed, or "".
func (p *Program) Crash() string { return crash.FindString(p.Stderr()) }

// Memory is what the process holds now, in bytes: all that is resident, and
// the part of it that no file backs.
func (p *Program) Memory() (resident, anonymous uint64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, 0, fmt.Errorf("read foyer's memory: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] != "kB" {
			continue
		}
		n, err := strconv.ParseUint(f[1], 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read foyer's memory: %w", err)
		}
		switch f[0] {
		case "VmRSS:":
			resident = n << 10
		case "RssAnon:":
			anonymous = n << 10
		}
	}
	return resident, anonymous, nil
}
