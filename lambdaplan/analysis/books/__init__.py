"""Price books: what one covers, how two differ, and AWS's worked examples by a new one."""
