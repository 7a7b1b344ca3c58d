// OAuth clients of Rezolve.ai and ECI Nexus, and evidence of what deleting them did.
package oauthclients
