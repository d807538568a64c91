"""The stages of the story that `envctl.workflow` tells, one file each."""
