package remedy

// all is the ordered list of what can be carried out.
var all = []Remedy{}
