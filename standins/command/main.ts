import { serve } from "../serve.ts";
import { commands } from "./plugin.ts";

serve(commands);
