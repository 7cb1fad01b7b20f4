package settings

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"foyer/app/invite"
)

// lastLink names the secret that is what was typed last.
const lastLink = "lastLink"

// bare is a link without its code, key and token: what may lie in the settings.
// The fingerprint is no secret. It is empty for what cannot be read.
func bare(link string) string {
	t, err := invite.Parse(link)
	switch {
	case err != nil:
		return ""
	case t.Direct != nil:
		return t.Direct.URL
	case t.Link.Code == "" && len(t.Link.Key) == 0:
		return link
	}
	l := *t.Link
	l.Code, l.Key = "", nil
	return l.String()
}

// withoutSecrets is s as it may lie on the disk, and what was taken out of it. It
// names new secrets in s itself.
func withoutSecrets(s *Settings) (open Settings, secrets map[string]string) {
	secrets = map[string]string{}
	s.Recent = slices.Clone(s.Recent)
	for i := range s.Recent {
		m := &s.Recent[i]
		if bare(m.Link) == m.Link {
			continue
		}
		if m.Secret == "" {
			m.Secret = rand.Text()
		}
		secrets[m.Secret] = m.Link
	}
	open = *s
	open.Recent = slices.Clone(s.Recent)
	for i := range open.Recent {
		open.Recent[i].Link = bare(open.Recent[i].Link)
	}
	if strings.TrimSpace(s.LastLink) != "" {
		if b := bare(s.LastLink); b != s.LastLink {
			open.LastLink, secrets[lastLink] = b, s.LastLink
		}
	}
	return open, secrets
}

// fill puts secrets back into what was read. A meeting whose secret is out of reach
// keeps its bare link, and the lobby asks for the code.
func fill(s *Settings, secrets map[string]string) {
	for i, m := range s.Recent {
		if link, ok := secrets[m.Secret]; ok && m.Secret != "" {
			s.Recent[i].Link = link
		}
	}
	if link, ok := secrets[lastLink]; ok && bare(link) == s.LastLink {
		s.LastLink = link
	}
}

// keep writes the settings, and the secrets where they changed.
func (s *Store) keep() error {
	open, secrets := withoutSecrets(&s.now)
	if !maps.Equal(secrets, s.secrets) {
		// Before the settings: a secret that nothing names is harmless.
		if err := s.box.Save(secrets); err != nil {
			return fmt.Errorf("write settings: %w: %w", ErrFolder, err)
		}
		s.secrets = secrets
	}
	return s.write(open)
}
