//go:build unix

package sound

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// ErrSilent says that what was waited for is not heard.
var ErrSilent = errors.New("it is not heard")

// Recording is what comes from a source, as it comes. Safe for use by several goroutines.
type Recording struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	wave []Wave        // one a channel
	more chan struct{} // capacity 1
	done chan struct{}
	once sync.Once
}

// Record records a source, such as Speakers+".monitor", in 1 or 2 channels until
// Stop. The caller stops it.
func (s *Server) Record(source string, channels int) (*Recording, error) {
	c := exec.Command("parec", "--device="+source, "--rate=48000", "--channels="+strconv.Itoa(channels), "--format=s16le", "--latency-msec=20")
	c.Env = s.Env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", source, err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("record %s: %w", source, err)
	}
	r := &Recording{cmd: c, wave: make([]Wave, channels), more: make(chan struct{}, 1), done: make(chan struct{})}
	for i := range r.wave {
		r.wave[i].Rate = 48000
	}
	go func() {
		defer close(r.done)
		in, block := bufio.NewReaderSize(out, 1<<16), make([]byte, 960)
		channel, kept := 0, 0 // bytes of half a sample kept
		for {
			n, err := in.Read(block[kept:])
			n += kept
			r.mu.Lock()
			i := 0
			for ; i+1 < n; i += 2 {
				w := &r.wave[channel]
				w.Samples = append(w.Samples, float64(int16(binary.LittleEndian.Uint16(block[i:])))/32768)
				channel = (channel + 1) % channels
			}
			r.mu.Unlock()
			kept = copy(block, block[i:n])
			select {
			case r.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return r, nil
}

// Stop ends the recording. Idempotent.
func (r *Recording) Stop() {
	r.once.Do(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-r.done
		_ = r.cmd.Wait()
	})
}

// Heard returns what was recorded in the first channel from a sample on.
func (r *Recording) Heard(from int) Wave { return r.Channel(0, from) }

// Channel is Heard of any channel.
func (r *Recording) Channel(c, from int) Wave {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.wave[c]
	return Wave{w.Rate, append([]float64(nil), w.Samples[min(from, len(w.Samples)):]...)}
}

// Len is how many samples there are.
func (r *Recording) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.wave[len(r.wave)-1].Samples)
}

// Until waits until ok accepts what was recorded in the first channel from a sample on.
func (r *Recording) Until(from int, d time.Duration, ok func(Wave) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	// Each look goes through all of it: often enough is every tenth of a second.
	for next := 0; ; {
		w := r.Heard(from)
		if len(w.Samples) >= next {
			if ok(w) {
				return nil
			}
			next = len(w.Samples) + w.Rate/10
		}
		select {
		case <-r.more:
		case <-r.done:
			return fmt.Errorf("the recorder has ended: %w", ErrSilent)
		case <-ctx.Done():
			return fmt.Errorf("after %v of sound: %w", time.Duration(len(w.Samples))*time.Second/48000, ErrSilent)
		}
	}
}

// Together is a recording of several places on one clock, sample by sample: one
// stream of PipeWire's graph with a channel for each.
type Together struct {
	cmd  *exec.Cmd
	path string
	done chan struct{}
	once sync.Once
}

// RecordTogether records two ports of PipeWire's graph, such as
// "speakers:monitor_FL", until Stop. The caller stops it.
func (s *Server) RecordTogether(ctx context.Context, left, right string) (*Together, error) {
	if s.Kind != PipeWire {
		return nil, errors.New("only PipeWire records two places on one clock")
	}
	r := &Together{path: filepath.Join(s.folder, "together.wav"), done: make(chan struct{})}
	// A long latency of its own: it must not shorten the graph's period.
	r.cmd = exec.Command("pw-record", "--target", "0", "--rate", "48000", "--channels", "2", "--format", "f32",
		"--latency", "100ms", "-P", "{ node.name=together }", r.path)
	r.cmd.Env = s.Env
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start pw-record: %w", err)
	}
	go func() {
		_ = r.cmd.Wait()
		close(r.done)
	}()
	for port, from := range map[string]string{"together:input_FL": left, "together:input_FR": right} {
		if err := until(ctx, "recording "+from, func() error {
			if out, err := s.command(ctx, "pw-link", from, port).CombinedOutput(); err != nil {
				return fmt.Errorf("pw-link %s: %w: %s", from, err, out)
			}
			return nil
		}); err != nil {
			r.end()
			return nil, err
		}
	}
	return r, nil
}

func (r *Together) end() {
	r.once.Do(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGINT)
		select {
		case <-r.done:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
			<-r.done
		}
	})
}

// Stop ends the recording and returns both places' sound.
func (r *Together) Stop() (left, right Wave, err error) {
	r.end()
	all, err := ReadChannels(r.path)
	if err != nil {
		return Wave{}, Wave{}, err
	}
	if len(all) != 2 {
		return Wave{}, Wave{}, fmt.Errorf("%s: %d channels: %w", r.path, len(all), errNoWave)
	}
	return all[0], all[1], nil
}
