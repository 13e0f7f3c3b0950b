package conform

import "testing"

func TestFake(t *testing.T) {
	most := 12
	if testing.Short() {
		most = 4
	}
	Run(t, Fake(most))
}
