package host

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
	"google.golang.org/protobuf/encoding/protowire"
)

// budget bounds what a participant's requests leave in LiveKit, which keeps each
// candidate that it cannot use yet, each announced track, and for a minute each
// track ID that it does not know. Most requests past it have to wait; candidates and
// tracks past it end the connection: no client in earnest sends so many.
type budget struct {
	requests     *rate.Limiter
	descriptions *rate.Limiter // bytes
	candidates   *rate.Limiter
	tracks       *rate.Limiter
	names        *rate.Limiter // track IDs
}

// newBudget makes a budget of so many participants. A client sends a few hundred
// requests at once when it joins a large room, and a few a second later.
func newBudget(times int) *budget {
	limiter := func(rateOfOne rate.Limit, burstOfOne int) *rate.Limiter {
		return rate.NewLimiter(rate.Limit(times)*rateOfOne, times*burstOfOne)
	}
	return &budget{
		requests:     limiter(100, 500),
		descriptions: limiter(256<<10, descriptionMax), // one of the largest
		candidates:   limiter(2, 1000),
		tracks:       limiter(0.5, 100),
		names:        limiter(100, namesMax),
	}
}

// addressTimes is how many participants' budgets an address has: a link makes as many
// participants as somebody likes. People in earnest use a tenth of theirs, so that a
// class behind one address has enough.
const addressTimes = 10

// namesMax is how many track IDs a participant may name at once: three for each of
// 1500 people.
const namesMax = 5000

func (b *budget) limiters() []*rate.Limiter {
	return []*rate.Limiter{b.requests, b.descriptions, b.candidates, b.tracks, b.names}
}

// unused reports whether a new budget would be the same.
func (b *budget) unused() bool {
	for _, l := range b.limiters() {
		if l.Tokens() < float64(l.Burst()) {
			return false
		}
	}
	return true
}

var errBudget = errors.New("too many requests")

func within(l *rate.Limiter) error {
	if l.Allow() {
		return nil
	}
	return errBudget
}

// spend waits until a request is within the budget. It fails when ctx ends, and
// for a request that may not wait or is more than a whole budget.
func (b *budget) spend(ctx context.Context, kind protowire.Number, message []byte) error {
	if err := b.requests.Wait(ctx); err != nil {
		return err
	}
	switch kind {
	case offerRequest, answerRequest:
		return b.descriptions.WaitN(ctx, len(message))
	case candidateRequest:
		return within(b.candidates)
	case addTrackRequest:
		return within(b.tracks)
	case syncRequest:
		if err := b.descriptions.WaitN(ctx, len(message)); err != nil {
			return err
		}
		return b.names.WaitN(ctx, fields(message, 4))
	case subscribeRequest, settingsRequest, permissionRequest, dataSubscribeRequest:
		return b.names.WaitN(ctx, fields(message, 4))
	}
	return nil
}

// fields counts the fields of a message, and of the messages inside it to a depth.
// A text counts as one: LiveKit's IDs and session descriptions do not parse as messages.
func fields(b []byte, depth int) int {
	n := 0
	for len(b) > 0 {
		number, wire, tag := protowire.ConsumeTag(b)
		if tag < 0 {
			return 0
		}
		value := protowire.ConsumeFieldValue(number, wire, b[tag:])
		if value < 0 {
			return 0
		}
		inside := 0
		if wire == protowire.BytesType && depth > 1 {
			inner, _ := protowire.ConsumeBytes(b[tag:])
			inside = fields(inner, depth-1)
		}
		n += 1 + inside
		b = b[tag+value:]
	}
	return n
}

// spendAll is spend for each of several budgets.
func spendAll(ctx context.Context, of []*budget, kind protowire.Number, message []byte) error {
	for _, b := range of {
		if err := b.spend(ctx, kind, message); err != nil {
			return err
		}
	}
	return nil
}

// budgets has one for each participant, and one for each address: a new connection
// brings no new one. Its zero value is ready.
type budgets struct {
	mu sync.Mutex
	of map[asker]*budget
}

// address is the budget of all who come from one address.
func (b *budgets) address(from netip.Addr) *budget {
	return b.get(asker{identity: from.String()}, addressTimes) // a room has a name
}

// participant is the budget of one participant.
func (b *budgets) participant(room, identity string) *budget {
	return b.get(asker{room, identity}, 1)
}

func (b *budgets) get(who asker, times int) *budget {
	b.mu.Lock()
	defer b.mu.Unlock()
	mine, ok := b.of[who]
	if ok {
		return mine
	}
	if len(b.of) >= askersMax {
		for k, other := range b.of {
			if other.unused() {
				delete(b.of, k)
			}
		}
	}
	if b.of == nil || len(b.of) >= askersMax {
		b.of = map[asker]*budget{}
	}
	mine = newBudget(times)
	b.of[who] = mine
	return mine
}
