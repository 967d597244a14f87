package order

// Traditional is the list that simplified reads, for tests.
const Traditional = traditional
