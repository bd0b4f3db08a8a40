"""Access logs of load balancers, gateways and servers, a module for each form."""
