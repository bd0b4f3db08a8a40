"""Services at the edge of a network: load balancers, endpoints, content delivery, functions at the edge."""
