/** The scripts of the admin pages. They make quicker and livelier what works without them. */
