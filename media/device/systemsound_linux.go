package device

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// PulseAudio, and PipeWire in its name, records what a single program plays (a
// sink input). So every program's sound is recorded by itself, ours is not, and
// the rest is added up: a sink's monitor would hold ours, too.

// lookEvery is how often the programs are listed without an event: it also finds
// a sound server that has died.
const lookEvery = 2 * time.Second

func openSystemSound() (Capture, error) {
	c, err := dialPulse(nil) // is there one?
	if err != nil {
		return nil, err
	}
	c.close()
	return &programs{clock: newClocked(), done: make(chan struct{})}, nil
}

// programs is the sound of the other programs.
type programs struct {
	blend
	clock   *clocked
	err     atomic.Pointer[error]
	done    chan struct{}
	once    sync.Once
	waiting sync.WaitGroup
}

// Err implements Health.
func (p *programs) Err() error {
	if err := p.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Start implements Capture.
func (p *programs) Start(f func(block []float32)) error {
	p.start(f)
	p.clock.start(func() { p.tick(time.Now()) })
	p.waiting.Add(1)
	go p.keep()
	return nil
}

// Close implements Capture.
func (p *programs) Close() error {
	p.once.Do(func() { close(p.done) })
	p.waiting.Wait()
	return p.clock.Close()
}

// keep records until Close, over again after the sound server has died.
func (p *programs) keep() {
	defer p.waiting.Done()
	again := time.NewTicker(reopenEvery)
	defer again.Stop()
	for {
		c, err := dialPulse(&p.blend)
		if err == nil {
			p.err.Store(nil)
			err = c.follow(p.done)
			c.close()
		}
		select {
		case <-p.done:
			return
		default:
		}
		p.err.Store(&err)
		select {
		case <-p.done:
			return
		case <-again.C:
		}
	}
}

// pulse is a connection to the sound server that records programs into a blend.
type pulse struct {
	*proto.Client
	conn    *pulseConn
	to      *blend
	changed chan struct{} // capacity 1: look again
	killed  chan uint32   // streams that the server has ended

	streams map[uint32]uint32   // by program (sink input); of follow's goroutine
	refused map[uint32]struct{} // programs that could not be recorded
	samples []float32           // the reader's
}

// pulseConn tells when its reader has ended.
type pulseConn struct {
	net.Conn
	once  sync.Once
	ended chan struct{}
}

// Read implements net.Conn.
func (c *pulseConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.once.Do(func() { close(c.ended) })
	}
	return n, err
}

// dialPulse connects. Errors wrap ErrNoDevice.
func dialPulse(to *blend) (*pulse, error) {
	conn, err := connectPulse()
	if err != nil {
		return nil, fmt.Errorf("reach the sound server: %w: %w", ErrNoDevice, err)
	}
	p := &pulse{
		conn: &pulseConn{Conn: conn, ended: make(chan struct{})}, to: to, changed: make(chan struct{}, 1),
		killed: make(chan uint32, 64), streams: map[uint32]uint32{}, refused: map[uint32]struct{}{},
	}
	p.Client = &proto.Client{Callback: p.receive}
	p.SetTimeout(2 * time.Second)
	p.Open(p.conn)
	var auth proto.AuthReply
	err = p.Request(&proto.Auth{Version: p.Version(), Cookie: pulseCookie()}, &auth)
	if err == nil {
		p.SetVersion(auth.Version)
		err = p.Request(&proto.SetClientName{Props: proto.PropList{
			"application.name":       proto.PropListString("Foyer"),
			"application.process.id": proto.PropListString(strconv.Itoa(os.Getpid())),
		}}, &proto.SetClientNameReply{})
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("reach the sound server: %w: %w", ErrNoDevice, err)
	}
	return p, nil
}

// close disconnects; nothing is put into the blend from then on.
func (p *pulse) close() {
	_ = p.conn.Close()
	<-p.conn.ended
	for _, stream := range p.streams {
		p.to.remove(stream)
	}
}

// receive takes what the server sends, on the client's goroutine.
func (p *pulse) receive(message any) {
	switch m := message.(type) {
	case *proto.DataPacket:
		if p.to != nil {
			p.samples = append(p.samples[:0], floats(m.Data)...)
			p.to.put(m.StreamIndex, p.samples)
		}
	case *proto.SubscribeEvent:
		p.look()
	case *proto.RecordStreamKilled:
		select {
		case p.killed <- m.StreamIndex:
		default: // more than any machine plays; the list tells in time
		}
		p.look()
	}
}

func (p *pulse) look() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// follow records every program that plays, until done or an error.
func (p *pulse) follow(done <-chan struct{}) error {
	if err := p.Request(&proto.Subscribe{Mask: proto.SubscriptionMaskSinkInput}, nil); err != nil {
		return fmt.Errorf("watch the programs that play: %w: %w", ErrGone, err)
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := p.update(); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		case <-p.conn.ended:
			return fmt.Errorf("the sound server stopped answering: %w", ErrGone)
		case <-p.changed:
		case <-tick.C:
		}
	}
}

// update begins to record those who have come, and forgets those who have gone.
func (p *pulse) update() error {
	for len(p.killed) > 0 {
		stream := <-p.killed
		for program, s := range p.streams {
			if s == stream {
				delete(p.streams, program)
				p.to.remove(stream)
			}
		}
	}
	var list proto.GetSinkInputInfoListReply
	if err := p.Request(&proto.GetSinkInputInfoList{}, &list); err != nil {
		return fmt.Errorf("list the programs that play: %w: %w", ErrGone, err)
	}
	playing := map[uint32]bool{}
	for _, in := range list {
		if !foreign(in) {
			continue
		}
		playing[in.SinkInputIndex] = true
		_, recorded := p.streams[in.SinkInputIndex]
		if _, refused := p.refused[in.SinkInputIndex]; !recorded && !refused {
			p.record(in.SinkInputIndex)
		}
	}
	for program, stream := range p.streams {
		if !playing[program] {
			_ = p.Request(&proto.DeleteRecordStream{StreamIndex: stream}, nil) // mostly gone already
			delete(p.streams, program)
			p.to.remove(stream)
		}
	}
	for program := range p.refused {
		if !playing[program] {
			delete(p.refused, program)
		}
	}
	return nil
}

// foreign says that a sound is another program's: neither ours nor one that the
// sound server passes on from a sink to another, which would be heard twice.
func foreign(in *proto.GetSinkInputInfoReply) bool {
	_, passedOn := in.Properties["node.link-group"] // PipeWire's
	return in.ClientIndex != proto.Undefined && !passedOn &&
		in.Properties["application.process.id"].String() != strconv.Itoa(os.Getpid())
}

// record begins to record a program. One that has just ended is no error.
func (p *pulse) record(program uint32) {
	const fragment = 2 * BlockSamples * 4 // 10 ms, in bytes
	var reply proto.CreateRecordStreamReply
	err := p.Request(&proto.CreateRecordStream{
		SampleSpec:  proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 2, Rate: SampleRate},
		ChannelMap:  proto.ChannelMap{proto.ChannelLeft, proto.ChannelRight},
		SourceIndex: proto.Undefined, DirectOnInputIndex: program,
		BufferMaxLength: 16 * fragment, BufferFragSize: fragment, AdjustLatency: true,
		// Never another source instead, such as the microphone, when the program ends.
		NoMove: true, DontInhibitAutoSuspend: true,
		Properties: proto.PropList{
			"media.name":          proto.PropListString("Shared sound"),
			"node.dont-reconnect": proto.PropListString("true"),
		},
		ChannelVolumes: proto.ChannelVolumes{uint32(proto.VolumeNorm), uint32(proto.VolumeNorm)},
	}, &reply)
	var refused proto.Error
	if errors.As(err, &refused) {
		p.refused[program] = struct{}{}
		return
	}
	if err != nil {
		return // the next list tells that the server is gone
	}
	p.to.add(reply.StreamIndex)
	p.streams[program] = reply.StreamIndex
}
