package doctor

import "updoc/model"

// limit holds options to what the machine's policy allows. It is asked after each look.
func limit(opts FixOptions, m *model.Machine) FixOptions { return PolicyOf(m).Limit(opts) }
