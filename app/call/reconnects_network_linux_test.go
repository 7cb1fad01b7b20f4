package call_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"foyer/internal/e2e/network"
)

// Places of the network on which a row of the table is played.
const (
	people  = "people"
	serving = "serving"
)

// Set where a row is played in the people's place: the server's address, and what
// goes before a command line to run it in the server's place.
const (
	networkServer = "FOYER_TEST_NETWORK_SERVER"
	networkWithin = "FOYER_TEST_NETWORK_WITHIN"
)

// What the people's place asks of whoever has made the network, a line each.
const (
	networkAway = "away"
	networkBack = "back"
)

// onNetwork plays the row of that name again, in a process of its own on a network of
// its own: this process's sockets are all in one place.
func onNetwork(t *testing.T, name string) {
	if missing := network.Missing(); missing != "" {
		t.Skipf("a network that goes away needs %s", missing)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	n, err := network.New(ctx, people, serving)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	asks, err := runOnNetwork(ctx, n, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := asks.Close(); err != nil {
			t.Error(err)
		}
	}()
	for lines := bufio.NewScanner(asks); lines.Scan(); {
		part := 0.0
		if lines.Text() == networkAway {
			part = 1
		}
		answer := "done"
		if err := n.Lose(ctx, serving, part); err != nil {
			answer = err.Error()
		}
		if _, err := fmt.Fprintln(asks, answer); err != nil {
			t.Error(err)
			return
		}
	}
}

// asker is the process in the people's place, and its two pipes.
type asker struct {
	io.Reader
	io.Writer
	ends []*os.File
	c    *exec.Cmd
}

func runOnNetwork(ctx context.Context, n *network.Network, name string) (*asker, error) {
	line := append(n.Within(people), os.Args[0], "-test.v", "-test.run",
		"^TestReconnectsUnraced$/^"+regexp.QuoteMeta(strings.ReplaceAll(name, " ", "_"))+"$")
	a := &asker{c: exec.CommandContext(ctx, line[0], line[1:]...)}
	asked, ask, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, answer, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, asked.Close(), ask.Close())
	}
	a.Reader, a.Writer, a.ends = asked, answer, []*os.File{asked, answer}
	a.c.Stdout, a.c.Stderr = os.Stdout, os.Stderr
	a.c.ExtraFiles = []*os.File{ask, answers}
	a.c.Env = append(os.Environ(), networkServer+"="+n.Address(serving), networkWithin+"="+strings.Join(n.Within(serving), " "))
	err = a.c.Start()
	err = errors.Join(err, ask.Close(), answers.Close())
	if err != nil {
		return nil, errors.Join(err, asked.Close(), answer.Close())
	}
	return a, nil
}

// Close waits for the process.
func (a *asker) Close() error {
	err := a.c.Wait()
	for _, f := range a.ends {
		err = errors.Join(err, f.Close())
	}
	return err
}

// networkServerHere is the server of a row that is played on a network, where this
// process is in its people's place.
func networkServerHere() (s *server, ok bool) {
	address := os.Getenv(networkServer)
	if address == "" {
		return nil, false
	}
	s = &server{listen: address + ":7880", within: strings.Fields(os.Getenv(networkWithin))}
	ask, answers := os.NewFile(3, "ask"), bufio.NewReader(os.NewFile(4, "answers"))
	s.network = func(wish string) error {
		if _, err := fmt.Fprintln(ask, wish); err != nil {
			return fmt.Errorf("ask for the network: %w", err)
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			return fmt.Errorf("ask for the network: %w", err)
		}
		if answer = strings.TrimSpace(answer); answer != "done" {
			return errors.New(answer)
		}
		return nil
	}
	return s, true
}
