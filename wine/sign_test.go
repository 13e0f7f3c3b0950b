package wine

import (
	"path/filepath"
	"strings"
	"testing"

	"updoc/testkit"
)

// key makes a throw-away key for signing programs and its certificate.
func key(t *testing.T, password string) (p12, certificate string) {
	t.Helper()
	dir := t.TempDir()
	p12, certificate = filepath.Join(dir, "key.p12"), filepath.Join(dir, "certificate.pem")
	private := filepath.Join(dir, "key.pem")
	testkit.Run(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=updoc test",
		"-addext", "extendedKeyUsage=codeSigning", "-keyout", private, "-out", certificate)
	testkit.Run(t, "openssl", "pkcs12", "-export", "-inkey", private, "-in", certificate, "-out", p12, "-passout", "pass:"+password)
	return p12, certificate
}

func TestSigned(t *testing.T) {
	t.Parallel()
	p12, certificate := key(t, "secret 1")
	_, stranger := key(t, "")
	dist := built(t, "", "UPDOC_SIGN_PKCS12="+p12, "UPDOC_SIGN_PASSWORD=secret 1")
	files, err := filepath.Glob(filepath.Join(dist, "*windows*.[em]*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		testkit.Run(t, "osslsigncode", "verify", "-CAfile", certificate, "-in", file)
		if out, err := testkit.Command(t, "osslsigncode", "verify", "-CAfile", stranger, "-in", file).CombinedOutput(); err == nil {
			t.Errorf("%s passes for the work of a stranger: %s", filepath.Base(file), out)
		}
	}
	p := testkit.Wine(t)
	p.Must(t, "msiexec", "/i", windows(packageIn(t, dist)), "/qn")
	if got := p.Must(t, installed, "version"); !strings.Contains(got, "updoc") {
		t.Error(got)
	}
	testkit.Run(t, "osslsigncode", "verify", "-CAfile", certificate, "-in", p.Path(installed))
}
