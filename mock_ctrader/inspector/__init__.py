"""The pages people look at: live checklist of the stages, sequence diagram, exchanges, controls."""
